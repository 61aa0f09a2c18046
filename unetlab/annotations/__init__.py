"""Annotations: what labelling tools save, read as data to learn from, and written again."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)

"""The machine: what it has, which of it is used, and why a GPU that is there is not."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)

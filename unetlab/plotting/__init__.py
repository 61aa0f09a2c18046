"""Figures: photos with masks, curves, tables as pictures, and the network as a diagram."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)

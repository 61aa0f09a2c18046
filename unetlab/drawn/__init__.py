"""The drawn sample: scenes with exact masks, for when no real data is at hand."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)

"""Label your own photos, with the network's help: scribbles, proposals, doubt, teaching."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)

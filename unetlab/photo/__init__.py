"""What a mask is good for: cut-outs, effects, and the studio."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)

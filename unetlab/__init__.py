"""unetlab: image segmentation with U-Net, taught in notebooks.

Models are plain `keras.Model`s, data is plain `tf.data`; this package holds what the notebooks
build in the open the first time and import afterwards. The modules here are the core, to be read
first; beside it are rooms: `data`, `drawn`, `photo` and `submission`.
"""

import lazy_loader

__version__ = "0.1.0"
# A name is looked for when it is used, so that `import unetlab` costs no more than what it is
# used for. The names are in __init__.pyi, where type checkers and editors find them too.
__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
__all__ = sorted([*__all__, "__version__"])

"""unetlab: image segmentation with U-Net, taught in notebooks.

Models are plain `keras.Model`s, data is plain `tf.data`; this package holds what the notebooks
build in the open the first time and import afterwards.

The core, in the order of reading: `unet`, `decoders`, `encoders`; `pipeline`, `augmentation`;
`losses`, `metrics`, `scores`; `training`, `prediction`, `saving`, `folding`; and `checks`, which
the others ask where arrays come in. Beside it are rooms: `data`, `annotations`, `drawn`,
`plotting`, `photo`, `label`, `submission`, `exercises`, `machine` and `starter`.
"""

import lazy_loader

# Before anything else imports TensorFlow.
from unetlab import start as start

start.keep_freed_memory()
start.start_tensorflow()

# These register what Keras cannot load by itself: `load_model` knows it after `import unetlab`.
from unetlab import encoders as encoders  # noqa: E402
from unetlab import losses as losses  # noqa: E402
from unetlab import metrics as metrics  # noqa: E402

__version__ = "0.1.0"
# Any other name is looked for when it is used: no widgets, no TFDS before they are needed. The
# names are in __init__.pyi, where type checkers and editors find them too.
__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
__all__ = sorted([*__all__, "__version__"])

"""unetlab: image segmentation with U-Net, taught in notebooks.

Models are plain `keras.Model`s, data is plain `tf.data`; this package holds what the notebooks
build in the open the first time and import afterwards. The modules here are the core, to be read
first; beside it are rooms: `annotations`, `data`, `drawn`, `exercises`, `photo`, `label`,
`machine`, `plotting`, `submission` and `starter`.
"""

import os

import lazy_loader

# A visitor of the studio's page asks its one model, and does without Keras: photo/shared_model.py.
if "UNETLAB_SHARED_MODEL" not in os.environ:
    # Before anything else imports TensorFlow.
    from unetlab import quiet_start as quiet_start

    quiet_start.start_tensorflow()

    # These register what Keras cannot load by itself: `load_model` knows it after `import unetlab`.
    from unetlab import encoders as encoders
    from unetlab import losses as losses
    from unetlab import metrics as metrics

__version__ = "0.1.0"
# Any other name is looked for when it is used: no widgets, no TFDS before they are needed. The
# names are in __init__.pyi, where type checkers and editors find them too.
__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
__all__ = sorted([*__all__, "__version__"])

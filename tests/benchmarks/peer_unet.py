"""The peer's U-Net over the same encoder: the package segmentation_models, where it is installed.

https://github.com/qubvel/segmentation_models
"""

import importlib.util
import os


def peer_is_installed():
    """Tell whether the package is there."""
    return importlib.util.find_spec("segmentation_models") is not None


def build_peer_unet(num_classes, image_size, frozen):
    """Build its U-Net over a MobileNetV2 of random weights, all else as it comes."""
    # It asks for its framework when it is imported, and by itself takes one that Keras 3 lacks.
    os.environ.setdefault("SM_FRAMEWORK", "tf.keras")
    import segmentation_models

    return segmentation_models.Unet(
        "mobilenetv2",
        input_shape=(image_size, image_size, 3),
        classes=num_classes,
        activation="linear",
        encoder_weights=None,
        encoder_freeze=frozen,
    )

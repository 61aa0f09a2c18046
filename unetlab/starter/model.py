"""The starter model: an encoder and a decoder trained by this project, in two small files.

CARD.md beside them says what they were trained on, how good they are, and what makes them again.
"""

from importlib.resources import files

import keras
import numpy as np

from unetlab.unet import build_unet

ENCODER, DECODER = "mobilenet_v2", "bilinear"
FILTERS = (128, 64, 48, 32)
# Which of the decoder's logits answer: the subject alone, or pet, background and border.
LOGITS = {2: slice(3, 4), 3: slice(0, 3)}


def load_starter(num_classes: int = 2, image_size: int | tuple[int, int] = 160) -> keras.Model:
    """Load the network that finds cats and dogs before any notebook has run.

    Args:
        num_classes: 2 for the animal against the rest, one logit a pixel; 3 for the Oxford pets'
            classes pet, background and border.
        image_size: height and width in pixels, or one number for both; multiples of 32. It was
            trained at 96 and 128 pixels, and does best at 160.

    Returns:
        A `keras.Model` as from `build_unet`, from image [B, H, W, 3] in 0..255 to logits.

    Raises:
        KeyError: another number of classes: train `build_unet(..., weights="starter")` for these.

    Example:
        >>> load_starter(num_classes=2, image_size=96).output_shape
        (None, 96, 96, 1)
    """
    chosen = LOGITS[num_classes]
    model = build_unet(
        ENCODER, num_classes, image_size, weights="starter", decoder=DECODER, filters=FILTERS
    )
    with (files("unetlab") / "starter/decoder.npz").open("rb") as file:
        weights = list(np.load(file, allow_pickle=False).values())
    weights[-2:] = [weight[..., chosen] for weight in weights[-2:]]
    for variable, weight in zip(decoder_weights(model), weights, strict=True):
        variable.assign(weight)
    return model


def decoder_weights(model: keras.Model) -> list:
    """List a U-Net's variables but its encoder's and a teacher's; those of the logits are last."""
    return [
        variable
        for layer in model.layers
        if layer.name not in ("encoder", "teacher")
        for variable in layer.weights
    ]

"""The decoders: from the encoder's coarsest feature map back up to logits at the image's size.

A decoder knows a list of feature maps and nothing of the encoder that made them.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import keras
from keras import layers


def upsample(x, filters: int):
    """Double height and width as in pix2pix: transposed convolution, batch norm, ReLU.

    Source: Isola et al., Image-to-Image Translation with Conditional Adversarial Networks, 2017,
    section 6.1; kernel size and initial weights as in TensorFlow's segmentation tutorial.
    """
    normal = keras.initializers.RandomNormal(0.0, 0.02)
    x = layers.Conv2DTranspose(
        filters, 3, strides=2, padding="same", use_bias=False, kernel_initializer=normal
    )(x)
    x = layers.BatchNormalization()(x)
    return layers.ReLU()(x)


def convolve(x, filters: int, kernel_size: int = 3):
    """Apply convolution, batch norm (Ioffe and Szegedy, 2015) and ReLU."""
    x = layers.Conv2D(filters, kernel_size, padding="same", use_bias=False)(x)
    # Keras's own momentum of 0.99 needs hundreds of steps before inference agrees with training.
    x = layers.BatchNormalization(momentum=0.9)(x)
    return layers.ReLU()(x)


def decode_pix2pix(features: list, logits: int, filters: Sequence[int]):
    """Climb from the coarsest features to logits: upsample, then set the skip beside it.

    Source: the decoder of TensorFlow's segmentation tutorial.
    """
    skips = _skips_by_size(features, len(filters))
    x = features[-1]
    for step in filters:
        x = upsample(x, step)
        if x.shape[1:3] in skips:
            x = layers.Concatenate()([x, skips[x.shape[1:3]]])
    return layers.Conv2DTranspose(
        logits, 3, strides=2, padding="same", dtype="float32", name="logits"
    )(x)


def decode_resize(features: list, logits: int, filters: Sequence[int]):
    """Climb from the coarsest features to logits: resize, set a thinned skip beside it, convolve.

    Resizing has no weights and leaves no checkerboard, and a 1x1 convolution thins each skip to
    half the step's filters: far fewer multiplications than in the pix2pix decoder.

    Source: Odena et al., Deconvolution and Checkerboard Artifacts, Distill 2016.
    """
    skips = _skips_by_size(features, len(filters))
    x = features[-1]
    for step in filters:
        x = layers.UpSampling2D(interpolation="bilinear")(x)
        if x.shape[1:3] in skips:
            x = layers.Concatenate()([x, convolve(skips[x.shape[1:3]], step // 2, kernel_size=1)])
        x = convolve(x, step)
    x = layers.Conv2D(logits, 3, padding="same", dtype="float32")(x)
    return layers.UpSampling2D(interpolation="bilinear", dtype="float32", name="logits")(x)


def decode_bilinear(features: list, logits: int, filters: Sequence[int]):
    """Climb from the coarsest features to logits: resize, add the skip, convolve.

    1x1 convolutions bring the features and the skip to the step's filters, so that the 3x3
    convolution after the sum reads no more channels than it makes: fewer multiplications than
    with the skip set beside the features.

    Source: Lin et al., Feature Pyramid Networks, CVPR 2017, section 3 and figure 3, with filters
    that shrink from step to step and bilinear resizing; skips are added too in Chaurasia and
    Culurciello, LinkNet, VCIP 2017, section III.
    """
    skips = _skips_by_size(features, len(filters))
    x = features[-1]
    for step in filters:
        # Before the resizing there are four times fewer pixels to multiply, and the result is the
        # same: both are linear, one over the channels and the other over the pixels.
        x = layers.Conv2D(step, 1, use_bias=False)(x)
        x = layers.UpSampling2D(interpolation="bilinear")(x)
        if x.shape[1:3] in skips:
            skip = layers.Conv2D(step, 1, use_bias=False)(skips[x.shape[1:3]])
            x = layers.Add()([x, skip])
        x = convolve(x, step)
    x = layers.Conv2D(logits, 3, padding="same", dtype="float32")(x)
    return layers.UpSampling2D(interpolation="bilinear", dtype="float32", name="logits")(x)


def _skips_by_size(features: list, steps: int) -> dict:
    # A map that no step reads would be left out, and nobody would notice.
    height, width = features[-1].shape[1:3]
    wanted = [(height << step, width << step) for step in range(steps, 0, -1)]
    sizes = [tuple(skip.shape[1:3]) for skip in features[:-1]]
    if len(set(sizes)) < len(sizes) or not set(sizes) <= set(wanted):
        found, read = (
            ", ".join(f"{rows}x{columns}" for rows, columns in part) for part in (sizes, wanted)
        )
        raise ValueError(
            f"beside the coarsest of {height}x{width} there are feature maps of {found}, but a "
            f"decoder reads one of each of {read or 'no size'}: leave the others out, by "
            "keras.Model(inputs, feature_maps) where they are an encoder's."
        )
    return dict(zip(sizes, features[:-1], strict=True))


class DecoderRow(NamedTuple):
    """One row of the decoder table.

    Attributes:
        decode: from feature maps [B, h, w, c] from fine to coarse, the number of logits and the
            filters of each step, to logits float32 [B, H, W, logits]. It raises where no step
            would read one of the maps.
        filters: channels of each step from coarse to fine, for an encoder of stride 32; the logits
            are made by one more step.

    Example:
        >>> features = [keras.Input([16, 16, 24]), keras.Input([8, 8, 40])]
        >>> DECODERS["resize"].decode(features, logits=3, filters=[64]).shape
        (None, 32, 32, 3)
    """

    decode: Callable
    filters: tuple[int, ...]


DECODERS: dict[str, DecoderRow] = {
    "pix2pix": DecoderRow(decode_pix2pix, (512, 256, 128, 64)),
    "resize": DecoderRow(decode_resize, (192, 128, 64, 48)),
    # Half the filters at twice the height and width: every 3x3 convolution costs the same.
    "bilinear": DecoderRow(decode_bilinear, (256, 128, 64, 32)),
}

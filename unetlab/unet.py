"""The U-Net: an encoder that shrinks the image to features, a decoder that climbs back."""

import math
import os
from collections.abc import Sequence

import keras
from keras import layers

from unetlab.checks import height_and_width
from unetlab.decoders import DECODERS, convolve
from unetlab.encoders import EncoderRow, Preprocessing, build_encoder, encoder_from_row


def build_unet(
    encoder: str | keras.Model = "mobilenet_v2",
    num_classes: int = 3,
    image_size: int | tuple[int, int] = 128,
    weights: str | os.PathLike | None = "auto",
    decoder: str = "pix2pix",
    filters: Sequence[int] | None = None,
) -> keras.Model:
    """Build a U-Net over an encoder: a plain `keras.Model`, not yet compiled.

    With its defaults this is the network of TensorFlow's segmentation tutorial. Every call makes
    fresh layers. The encoder is the layer "encoder"; while it is frozen, only the decoder learns.

    Args:
        encoder: a name in `unetlab.encoders.ENCODERS`, or any Keras model from an image in 0..255
            to feature maps, which is copied.
        num_classes: number of classes, the background among them. Two classes need one logit a
            pixel: positive means class 1, the subject.
        image_size: height and width in pixels, or one number for both; multiples of 32.
        weights: "auto", "imagenet", "starter", None or a path, as in `build_encoder`. The model is
            the same for all of them; where they are pretrained, the encoder is frozen, and where
            not, it is trained whole from random numbers, which one printed line says.
        decoder: "pix2pix" (learned upsampling, as in the tutorial) or "resize" (resizing and
            convolution, quicker and usually better) or "bilinear" (resizing and adding).
        filters: channels of the decoder's steps, from coarse to fine; None for the decoder's own.
            A step fewer leaves the finest feature map out, and what is half as high and wide is
            enlarged at the end: quicker.

    Returns:
        A model from image float32 [B, H, W, 3] in 0..255, of any dtype when called, to logits
        float32 [B, H, W, num_classes], or [B, H, W, 1] for two classes.

    Raises:
        ValueError: the encoder has a feature map that the decoder would not read, or as in
            `build_encoder`.

    Example:
        >>> model = build_unet("mobilenet_v2", num_classes=3, image_size=64, weights=None)
        >>> model.output_shape, model.count_params()
        ((None, 64, 64, 3), 6504227)

    Source: Ronneberger et al., U-Net, MICCAI 2015, figure 1.
    """
    decode, default = DECODERS[decoder]
    encoder_model = build_encoder(encoder, image_size, weights)
    image = keras.Input([*height_and_width(image_size), 3], name="image")
    features = encoder_model(image)
    features = features if isinstance(features, list) else [features]
    # The last doubling is that of the logits.
    steps = round(math.log2(image.shape[1] / features[-1].shape[1])) - 1
    filters = _filters_for(steps, default) if filters is None else filters
    fewer = steps - len(filters)
    if fewer > 0:
        features = [part for part in features if part.shape[1] < image.shape[1] >> fewer]
    logits = decode(features, _count_logits(num_classes), filters)
    if fewer > 0:
        enlarge = layers.UpSampling2D(2**fewer, interpolation="bilinear", dtype="float32")
        logits = enlarge(logits)
    return keras.Model(image, logits, name="unet")


def build_plain_unet(
    num_classes: int = 2,
    image_size: int | tuple[int, int] = 256,
    filters: Sequence[int] = (32, 64, 128, 256, 512),
    convolutions: tuple[int, int] = (2, 2),
) -> keras.Model:
    """Build the symmetric U-Net that learns everything from scratch, without an encoder.

    Args:
        num_classes: as in `build_unet`.
        image_size: height and width in pixels, or one number for both.
        filters: channels of each level on the way down; the last is the bottom.
        convolutions: how many convolutions a level has on the way down and on the way up.

    Returns:
        A model like that of `build_unet`, of random weights.

    Example:
        >>> build_plain_unet(num_classes=2, image_size=32, filters=(8, 16)).output_shape
        (None, 32, 32, 1)

    Source: Ronneberger et al., U-Net, MICCAI 2015, figure 1; with padding and batch norm.
    """
    down, up = convolutions
    image = keras.Input([*height_and_width(image_size), 3], name="image")
    x = Preprocessing("tf", name="preprocessing")(image)
    skips = []
    for channels in filters[:-1]:
        x = _convolve_times(x, channels, down)
        skips.append(x)
        x = layers.MaxPooling2D()(x)
    x = _convolve_times(x, filters[-1], down)
    for channels, skip in zip(reversed(filters[:-1]), reversed(skips), strict=True):
        x = layers.Concatenate()([layers.UpSampling2D()(x), skip])
        x = _convolve_times(x, channels, up)
    x = layers.Conv2D(_count_logits(num_classes), 1, dtype="float32", name="logits")(x)
    return keras.Model(image, x, name="plain_unet")


def _count_logits(num_classes: int) -> int:
    return 1 if num_classes == 2 else num_classes


def _convolve_times(x, filters: int, times: int):
    for _ in range(times):
        x = convolve(x, filters)
    return x


def _filters_for(steps: int, default: Sequence[int]) -> list[int]:
    # A deeper encoder repeats the coarsest step's filters, a flatter one starts further on.
    return [default[0]] * (steps - len(default)) + list(default[max(0, len(default) - steps) :])


# The article counts layers: 140 and 130, 78 and 68, 36 and 26. In the Keras of its time these were
# the sums that end the last two blocks of a stage; today's Keras counts other layers with them.
CARVANA_TAPS = (
    "conv5_block3_out",
    "conv4_block6_add",
    "conv4_block5_add",
    "conv3_block4_add",
    "conv3_block3_add",
    "conv2_block3_add",
    "conv2_block2_add",
)


def build_carvana_unet(
    num_classes: int = 2,
    image_size: int | tuple[int, int] = 224,
    weights: str | os.PathLike | None = "auto",
    filters: tuple[int, ...] = (256, 128, 64, 32, 16),
) -> keras.Model:
    """Build the article's U-Net: ResNet50 with two taps a level, batch norm before convolution.

    The first two steps up enlarge by repeating pixels, the last three by transposed convolutions.
    The article ends in a sigmoid; this ends in its argument, the logit: positive means car.

    Args:
        num_classes: as in `build_unet`.
        image_size: height and width in pixels, or one number for both; multiples of 32.
        weights: "auto", "imagenet", None or a path, as in `build_encoder`: one model for all.
        filters: channels of the five steps, from coarse to fine.

    Returns:
        A model from image float32 [B, H, W, 3] in 0..255 to logits float32 [B, H, W, 1], or
        [B, H, W, num_classes] for more than two classes. Its encoder is the layer "encoder",
        frozen where its weights are pretrained.

    Raises:
        ValueError: the image size is not a multiple of 32.

    Example:
        >>> build_carvana_unet(image_size=32, weights=None, filters=(8, 8, 4, 4, 4)).output_shape
        (None, 32, 32, 1)

    Source: the article "Deep learning with R and Keras: Carvana Image Masking Challenge", 2018;
    its blocks as in He et al., Identity Mappings in Deep Residual Networks, 2016.
    """
    height, width = height_and_width(image_size)
    image = keras.Input([height, width, 3], name="image")
    resnet = EncoderRow(keras.applications.ResNet50, "caffe", CARVANA_TAPS)
    x, *taps = encoder_from_row(resnet, height, width, weights)(image)
    for step, channels in enumerate(filters):
        if step < 2:
            x = layers.UpSampling2D()(x)
        else:
            x = layers.Conv2DTranspose(channels, 3, strides=2, padding="same")(x)
        if pair := taps[2 * step : 2 * step + 2]:
            x = layers.Concatenate()([x, *pair])
        x = _convolve(_convolve(x, channels), channels)
    x = layers.Conv2D(_count_logits(num_classes), 1, dtype="float32", name="logits")(x)
    return keras.Model(image, x, name="carvana_unet")


def _convolve(x, filters: int):
    x = layers.BatchNormalization(momentum=0.9)(x)
    x = layers.ReLU()(x)
    return layers.Conv2D(filters, 3, padding="same")(x)

"""The encoders: pretrained classifiers read at several depths.

Every encoder is one row of `ENCODERS`. A row says which Keras application it is, which
preprocessing that application was trained with, and which layers are its taps where the rule of
`find_taps` would not give the known ones.

Taught in: notebooks/01_pets_segmentation.ipynb
"""

import difflib
from collections.abc import Callable, Sequence
from typing import NamedTuple

import keras

from unetlab.encoder_layers import InferenceMode, Preprocessing
from unetlab.image_size import height_and_width
from unetlab.pretrained import build_application
from unetlab.taps import STRIDES, find_taps


class EncoderRow(NamedTuple):
    """One row of the encoder table.

    Attributes:
        application: the function of `keras.applications` that builds the network.
        preprocessing: "tf", "caffe" or "torch" as in Keras's `preprocess_input`, or None where the
            network rescales its input itself.
        taps: names of the tapped layers from fine to coarse, or None to find them by stride.
    """

    application: Callable[..., keras.Model]
    preprocessing: str | None
    taps: tuple[str, ...] | None = None


ENCODERS: dict[str, EncoderRow] = {
    "mobilenet_v2": EncoderRow(
        keras.applications.MobileNetV2,
        "tf",
        # The taps of TensorFlow's segmentation tutorial. Its last one is the narrow projection
        # (320 channels) in front of the classifier's 1280, which the stride rule would choose.
        (
            "block_1_expand_relu",
            "block_3_expand_relu",
            "block_6_expand_relu",
            "block_13_expand_relu",
            "block_16_project",
        ),
    ),
    "mobilenet_v3_small": EncoderRow(keras.applications.MobileNetV3Small, None),
    "mobilenet_v3_large": EncoderRow(keras.applications.MobileNetV3Large, None),
    "resnet50": EncoderRow(keras.applications.ResNet50, "caffe"),
    "efficientnet_b0": EncoderRow(keras.applications.EfficientNetB0, None),
    "efficientnet_v2_b0": EncoderRow(keras.applications.EfficientNetV2B0, None),
    "vgg16": EncoderRow(
        keras.applications.VGG16,
        "caffe",
        # By stride the second tap would be the convolution after the pooling of the first.
        ("block2_conv2", "block3_conv3", "block4_conv3", "block5_conv3", "block5_pool"),
    ),
    "densenet121": EncoderRow(
        keras.applications.DenseNet121,
        "torch",
        # Each dense block's whole output, before the transition layer halves its channels.
        ("conv1_relu", "pool2_relu", "pool3_relu", "pool4_relu", "relu"),
    ),
    "convnext_tiny": EncoderRow(keras.applications.ConvNeXtTiny, None),
}


def build_encoder(
    encoder: str | keras.Model = "mobilenet_v2",
    image_size: int | tuple[int, int] = 128,
    weights: str | None = "auto",
) -> keras.Model:
    """Build a model from an image to its feature maps, from fine to coarse.

    Args:
        encoder: a name in `ENCODERS`, or any Keras model from an image in 0..255 to feature maps;
            a model with a single output is tapped by `find_taps`. The model itself is not
            changed: the encoder is a copy with its weights, which count as pretrained.
        image_size: height and width in pixels, or one number for both.
        weights: "imagenet"; None for random weights; "auto" for ImageNet where Keras has it cached
            or can download it and random ones elsewhere, which one printed line says; or the path
            of a weights file. Not used where `encoder` is a model.

    Returns:
        A `keras.Model` named "encoder" from image `float32 [B, H, W, 3]`, 0..255, to a list of
        feature maps. It is frozen where its weights are pretrained and trainable where not.

    Raises:
        ValueError: the name is unknown, or the coarsest stride does not divide the image size.

    Example:
        >>> encoder = build_encoder("mobilenet_v2", image_size=64, weights=None)
        >>> [tuple(features.shape[1:]) for features in encoder.outputs]
        [(32, 32, 96), (16, 16, 144), (8, 8, 192), (4, 4, 576), (2, 2, 320)]

    Taught in: notebooks/01_pets_segmentation.ipynb
    """
    height, width = height_and_width(image_size)
    image = keras.Input([height, width, 3], name="image")
    if isinstance(encoder, str):
        x, tapped, pretrained = _from_table(encoder, image, weights)
    else:
        x, tapped, pretrained = image, _tap(_copy(encoder, (height, width, 3))), True
    if pretrained:
        # Batch norms keep the statistics they were trained with, also once the encoder is unfrozen.
        features = InferenceMode(tapped, name="inference_mode")(x)
    else:
        _quicken_batch_norms(tapped)
        features = tapped(x)
    model = keras.Model(image, features, name="encoder")
    model.trainable = not pretrained
    return model


def encoder_row(name: str) -> EncoderRow:
    """Look an encoder up in the table.

    Args:
        name: a key of `ENCODERS`.

    Raises:
        ValueError: there is none of that name; the message offers the nearest ones.

    Example:
        >>> encoder_row("mobilenet_v2").preprocessing
        'tf'

    Taught in: notebooks/01_pets_segmentation.ipynb
    """
    if name in ENCODERS:
        return ENCODERS[name]
    near = difflib.get_close_matches(str(name).lower(), ENCODERS, n=3, cutoff=0.4) or list(ENCODERS)
    raise ValueError(
        f"encoder {name!r} is not in the table; did you mean {' or '.join(map(repr, near))}? "
        f"Known encoders: {', '.join(ENCODERS)}."
    )


def _from_table(name: str, image, weights: str | None):
    row, (height, width) = encoder_row(name), image.shape[1:3]
    _check_divisible(name, height, width)
    backbone, pretrained = build_application(row.application, (height, width, 3), weights)
    if row.preprocessing:
        image = Preprocessing(row.preprocessing, name="preprocessing")(image)
    return image, _tap(backbone, row.taps), pretrained


def _tap(model: keras.Model, taps: Sequence[str] | None = None) -> keras.Model:
    if taps is None and len(model.outputs) > 1:
        return model
    outputs = [model.get_layer(name).output for name in taps or find_taps(model)]
    return keras.Model(model.inputs, outputs, name=model.name)


def _check_divisible(name: str, height: int, width: int) -> None:
    stride = max(STRIDES)
    if height % stride or width % stride:
        nearest = [max(stride, round(size / stride) * stride) for size in (height, width)]
        raise ValueError(
            f"image_size {height}x{width} cannot be halved five times as encoder {name!r} does: "
            f"both sides must be multiples of {stride}; use {nearest[0]}x{nearest[1]}."
        )


def _quicken_batch_norms(model: keras.Model) -> None:
    # The applications' momentum of 0.99 or 0.999 suits a million images. With a few hundred, the
    # statistics would still be those of the first steps when training ends.
    for layer in model.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.momentum = 0.9


def _copy(model: keras.Model, input_shape) -> keras.Model:
    try:
        copy = keras.models.clone_model(model, input_tensors=keras.Input(input_shape))
        copy.set_weights(model.get_weights())
    except ValueError as error:
        raise ValueError(
            f"encoder {model.name!r} cannot be built for an image of shape {input_shape}; pass a "
            "convolutional model without its classifier (include_top=False), or the image size "
            f"it was made for. Keras says: {str(error).splitlines()[0]}"
        ) from error
    return copy

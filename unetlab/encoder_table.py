"""The table of encoders: every network of `keras.applications` that makes a pyramid of features.

A row says which Keras application it is, which preprocessing that application was trained with,
and which layers are its taps where the rule of `find_taps` would not give the known ones.

Taught in: notebooks/05_swap_the_encoder.ipynb
"""

import difflib
from collections.abc import Callable
from typing import NamedTuple

import keras
from keras import applications


class EncoderRow(NamedTuple):
    """One row of the encoder table.

    Attributes:
        application: the function of `keras.applications` that builds the network.
        preprocessing: "tf", "caffe" or "torch" as in Keras's `preprocess_input`, or None where the
            network rescales its input itself.
        taps: the tapped layers from fine to coarse, or None to find them by stride. A layer goes
            by its name, or by its place among the layers where Keras numbers the names anew.
        margin: pixels set around the image in all, above and below or left and right together, for
            networks whose convolutions do without padding.
        smallest: fewest pixels that a side of the image may have.
        starter: whether this package brings weights of its own for it.
    """

    application: Callable[..., keras.Model]
    preprocessing: str | None
    taps: tuple[str | int, ...] | None = None
    margin: int = 0
    smallest: int = 32
    starter: bool = False


# The taps of TensorFlow's segmentation tutorial. Its last one is the narrow projection (320
# channels) in front of the classifier's 1280, which the stride rule would choose.
MOBILENET_V2_TAPS = (
    "block_1_expand_relu",
    "block_3_expand_relu",
    "block_6_expand_relu",
    "block_13_expand_relu",
    "block_16_project",
)
# Each dense block's whole output, before the transition layer halves its channels.
DENSENET_TAPS = ("conv1_relu", "pool2_relu", "pool3_relu", "pool4_relu", "relu")

# The convolutions of the networks below do without padding at their start, the Inceptions' at
# every stride, so that their feature maps miss the image's rim: at 128 pixels InceptionV3's
# coarsest would be 2x2 of 4x4. A margin of zeros around the preprocessed image, as "same" padding
# would set around a feature map, brings them to at least image / stride. Zeros around the feature
# maps instead would leave their rim empty, and stretching the maps would push them up to two
# pixels of theirs away from the image. The margins are the least that do, from the layers' sizes.
XCEPTION_TAPS = (
    "block2_sepconv2_bn",
    "block3_sepconv2_bn",
    "block4_sepconv2_bn",
    "block13_sepconv2_bn",
    "block14_sepconv2_act",
)
XCEPTION_MARGIN = 5
# 9 and 16 are the activations before the first two poolings. The last layers before the strides
# after them are in one branch of several; the taps are where the branches come together.
INCEPTION_V3_TAPS = (9, 16, "mixed2", "mixed7", "mixed10")
INCEPTION_RESNET_V2_TAPS = (9, 16, "block35_10_ac", "block17_20_ac", "conv_7b_ac")
INCEPTION_MARGIN = 43
# Where the branches of the last cell before each stride come together. The last layer of all, the
# activation that the classifier reads, has no name of its own.
NASNET_MOBILE_TAPS = (
    "stem_bn1",
    "reduction_concat_stem_1",
    "normal_concat_3",
    "normal_concat_8",
    -1,
)
NASNET_LARGE_TAPS = (
    "stem_bn1",
    "reduction_concat_stem_1",
    "normal_concat_5",
    "normal_concat_12",
    -1,
)
NASNET_MARGIN = 1


def _resnet_v2_taps(blocks_at_8: int, blocks_at_16: int) -> tuple[str, ...]:
    # The last layer before each stride is the first, narrow convolution of a bottleneck, with a
    # quarter of the channels that it reads; the taps are what it reads.
    return (
        "conv1_conv",
        "conv2_block3_preact_relu",
        f"conv3_block{blocks_at_8}_preact_relu",
        f"conv4_block{blocks_at_16}_preact_relu",
        "post_relu",
    )


ENCODERS: dict[str, EncoderRow] = {
    "mobilenet": EncoderRow(applications.MobileNet, "tf"),
    "mobilenet_v2": EncoderRow(applications.MobileNetV2, "tf", MOBILENET_V2_TAPS, starter=True),
    "mobilenet_v3_small": EncoderRow(applications.MobileNetV3Small, None),
    "mobilenet_v3_large": EncoderRow(applications.MobileNetV3Large, None),
    "resnet50": EncoderRow(applications.ResNet50, "caffe"),
    "resnet101": EncoderRow(applications.ResNet101, "caffe"),
    "resnet152": EncoderRow(applications.ResNet152, "caffe"),
    "resnet50_v2": EncoderRow(applications.ResNet50V2, "tf", _resnet_v2_taps(4, 6)),
    "resnet101_v2": EncoderRow(applications.ResNet101V2, "tf", _resnet_v2_taps(4, 23)),
    "resnet152_v2": EncoderRow(applications.ResNet152V2, "tf", _resnet_v2_taps(8, 36)),
    "efficientnet_b0": EncoderRow(applications.EfficientNetB0, None),
    "efficientnet_b1": EncoderRow(applications.EfficientNetB1, None),
    "efficientnet_b2": EncoderRow(applications.EfficientNetB2, None),
    "efficientnet_b3": EncoderRow(applications.EfficientNetB3, None),
    "efficientnet_b4": EncoderRow(applications.EfficientNetB4, None),
    "efficientnet_b5": EncoderRow(applications.EfficientNetB5, None),
    "efficientnet_b6": EncoderRow(applications.EfficientNetB6, None),
    "efficientnet_b7": EncoderRow(applications.EfficientNetB7, None),
    "efficientnet_v2_b0": EncoderRow(applications.EfficientNetV2B0, None),
    "efficientnet_v2_b1": EncoderRow(applications.EfficientNetV2B1, None),
    "efficientnet_v2_b2": EncoderRow(applications.EfficientNetV2B2, None),
    "efficientnet_v2_b3": EncoderRow(applications.EfficientNetV2B3, None),
    "efficientnet_v2_s": EncoderRow(applications.EfficientNetV2S, None),
    "efficientnet_v2_m": EncoderRow(applications.EfficientNetV2M, None),
    "efficientnet_v2_l": EncoderRow(applications.EfficientNetV2L, None),
    "convnext_tiny": EncoderRow(applications.ConvNeXtTiny, None),
    "convnext_small": EncoderRow(applications.ConvNeXtSmall, None),
    "convnext_base": EncoderRow(applications.ConvNeXtBase, None),
    "convnext_large": EncoderRow(applications.ConvNeXtLarge, None),
    "convnext_xlarge": EncoderRow(applications.ConvNeXtXLarge, None),
    "densenet121": EncoderRow(applications.DenseNet121, "torch", DENSENET_TAPS),
    "densenet169": EncoderRow(applications.DenseNet169, "torch", DENSENET_TAPS),
    "densenet201": EncoderRow(applications.DenseNet201, "torch", DENSENET_TAPS),
    "vgg16": EncoderRow(applications.VGG16, "caffe"),
    "vgg19": EncoderRow(applications.VGG19, "caffe"),
    # Keras wants 71 pixels, which 64 and the margin are not.
    "xception": EncoderRow(applications.Xception, "tf", XCEPTION_TAPS, XCEPTION_MARGIN, 96),
    "inception_v3": EncoderRow(applications.InceptionV3, "tf", INCEPTION_V3_TAPS, INCEPTION_MARGIN),
    "inception_resnet_v2": EncoderRow(
        applications.InceptionResNetV2, "tf", INCEPTION_RESNET_V2_TAPS, INCEPTION_MARGIN
    ),
    "nasnet_mobile": EncoderRow(applications.NASNetMobile, "tf", NASNET_MOBILE_TAPS, NASNET_MARGIN),
    "nasnet_large": EncoderRow(applications.NASNetLarge, "tf", NASNET_LARGE_TAPS, NASNET_MARGIN),
}


def encoder_row(name: str) -> EncoderRow:
    """Look an encoder up in the table.

    Args:
        name: a key of `ENCODERS`.

    Returns:
        The encoder's row.

    Raises:
        ValueError: there is none of that name; the message offers the nearest ones.

    Example:
        >>> encoder_row("mobilenet_v2").preprocessing
        'tf'
    """
    if name in ENCODERS:
        return ENCODERS[name]
    near = difflib.get_close_matches(str(name).lower(), ENCODERS, n=3, cutoff=0.4) or list(ENCODERS)
    raise ValueError(
        f"encoder {name!r} is not in the table; did you mean {' or '.join(map(repr, near))}? "
        f"Known encoders: {', '.join(ENCODERS)}."
    )

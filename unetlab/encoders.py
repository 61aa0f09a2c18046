"""The encoders: pretrained classifiers read at several depths.

Every encoder is one row of `ENCODERS`. A row says which Keras application it is, which
preprocessing that application was trained with, and which layers are its taps where the rule of
`find_taps` would not give the known ones.

Taught in: notebooks/01_pets_segmentation.ipynb
"""

import difflib
import socket
import warnings
from collections.abc import Callable
from contextlib import contextmanager
from typing import NamedTuple

import keras

STRIDES = (2, 4, 8, 16, 32)


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


@keras.saving.register_keras_serializable("unetlab")
class Preprocessing(keras.layers.Layer):
    """Turn an image in 0..255 into the numbers that a Keras application was trained on.

    Args:
        mode: "tf" (-1..1), "caffe" (BGR minus the ImageNet mean) or "torch" (ImageNet mean and
            deviation), as in `keras.applications.imagenet_utils.preprocess_input`.

    Example:
        >>> import numpy as np
        >>> float(Preprocessing("tf")(np.full([1, 1, 1, 3], 255.0))[0, 0, 0, 0])
        1.0

    Taught in: notebooks/01_pets_segmentation.ipynb
    """

    def __init__(self, mode: str, **kwargs):
        # In bfloat16 neighbouring grey values would fall together, so this layer stays in float32.
        super().__init__(**{"dtype": "float32", **kwargs})
        self.mode = mode

    def call(self, image):
        """Preprocess images [B, H, W, 3] of any dtype, 0..255."""
        return keras.applications.imagenet_utils.preprocess_input(
            keras.ops.cast(image, self.compute_dtype), data_format="channels_last", mode=self.mode
        )

    def compute_output_shape(self, input_shape):
        """Return the input's shape: only the values change."""
        return input_shape

    def get_config(self):
        """Return what `keras.saving` needs to build the layer again."""
        return {**super().get_config(), "mode": self.mode}


@keras.saving.register_keras_serializable("unetlab")
class InferenceMode(keras.layers.Wrapper):
    """Call a model in inference mode, also while everything around it trains.

    Inside a functional model `layer(x, training=False)` is not enough: Keras 3 puts the training
    flag of the outer call in its place, and the batch norms of an unfrozen encoder move.

    Args:
        layer: the layer or model to call.
        **kwargs: as in `keras.layers.Layer`.

    Example:
        >>> image = keras.Input([1])
        >>> model = keras.Model(image, InferenceMode(keras.layers.Dropout(0.99))(image))
        >>> float(model(keras.ops.ones([1, 1]), training=True)[0, 0])
        1.0

    Taught in: notebooks/05_swap_the_encoder.ipynb
    """

    def call(self, inputs):
        """Call the wrapped layer with `training=False`."""
        return self.layer(inputs, training=False)


def build_encoder(
    encoder: str | keras.Model = "mobilenet_v2",
    image_size: int | tuple[int, int] = 128,
    weights: str | None = "auto",
) -> keras.Model:
    """Build a model from an image to its feature maps, from fine to coarse.

    Args:
        encoder: a name in `ENCODERS`, or any Keras model from an image in 0..255 to feature maps;
            a model with a single output is tapped by `find_taps`. The model itself is not
            changed: the encoder is a copy that starts from its weights.
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
    height, width = (image_size, image_size) if isinstance(image_size, int) else image_size
    image = keras.Input([height, width, 3], name="image")
    if isinstance(encoder, str):
        row = encoder_row(encoder)
        _check_divisible(encoder, height, width)
        backbone, pretrained = _build_application(row.application, (height, width, 3), weights)
        taps = row.taps or find_taps(backbone)
        x = (
            Preprocessing(row.preprocessing, name="preprocessing")(image)
            if row.preprocessing
            else image
        )
    else:
        backbone, pretrained = _copy(encoder, (height, width, 3)), True
        taps = find_taps(backbone) if len(backbone.outputs) == 1 else None
        x = image
    outputs = [backbone.get_layer(name).output for name in taps] if taps else backbone.outputs
    tapped = keras.Model(backbone.inputs, outputs, name=backbone.name)
    if pretrained:
        # Batch norms keep the statistics they were trained with, also once the encoder is unfrozen.
        features = InferenceMode(tapped, name="inference_mode")(x)
    else:
        _quicken_batch_norms(tapped)
        features = tapped(x)
    model = keras.Model(image, features, name="encoder")
    model.trainable = not pretrained
    return model


def find_taps(model: keras.Model) -> list[str]:
    """Name the last layer at each stride: where the features are richest before they shrink.

    Args:
        model: a functional Keras model with a known image size.

    Returns:
        Names of layers, from stride 2 to stride 32, as far as the model has them.

    Raises:
        ValueError: no layer has a feature map at any of these strides.

    Example:
        >>> model = keras.applications.ResNet50(
        ...     include_top=False, weights=None, input_shape=(64, 64, 3))
        >>> find_taps(model)[:2]
        ['conv1_relu', 'conv2_block3_out']

    Taught in: notebooks/05_swap_the_encoder.ipynb
    """
    height, width = model.inputs[0].shape[1:3]
    last_at_stride = {}
    for layer in model.layers:
        shape = getattr(layer.output, "shape", ())
        for stride in STRIDES:
            if tuple(shape[1:3]) == (height // stride, width // stride) and len(shape) == 4:
                last_at_stride[stride] = layer.name
    if not last_at_stride:
        raise ValueError(
            f"the model {model.name!r} has no feature map at the strides {STRIDES} of its "
            f"{height}x{width} input; pass a convolutional model, or one whose outputs are its "
            "feature maps."
        )
    return [last_at_stride[stride] for stride in sorted(last_at_stride)]


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


def _check_divisible(name: str, height: int, width: int) -> None:
    stride = max(STRIDES)
    if height % stride or width % stride or not height or not width:
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


def _build_application(application, input_shape, weights) -> tuple[keras.Model, bool]:
    def build(weights):
        with warnings.catch_warnings():
            # MobileNet takes its weights for 224 pixels at other sizes, which is what we want.
            warnings.filterwarnings("ignore", "`input_shape` is undefined or non-square")
            return application(include_top=False, weights=weights, input_shape=input_shape)

    if weights != "auto":
        return build(weights), weights is not None
    try:
        with _network_timeout(seconds=10):
            return build("imagenet"), True
    except Exception as error:  # Keras raises a bare Exception where a download fails.
        reason = str(error).rpartition(" -- ")[2].strip().partition("\n")[0]
        print(
            f"No ImageNet weights for {application.__name__} ({reason or type(error).__name__}): it "
            "starts from random weights and is trained whole. Connect to the internet once to get "
            "them."
        )
        return build(None), False


@contextmanager
def _network_timeout(seconds: float):
    # Keras's download has no time limit of its own, and a silent network would hang it.
    before = socket.getdefaulttimeout()
    socket.setdefaulttimeout(seconds)
    try:
        yield
    finally:
        socket.setdefaulttimeout(before)


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

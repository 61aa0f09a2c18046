"""The encoders: pretrained classifiers read at several depths.

In the order of reading: the table of those that go by a name, which is every network of
`keras.applications` that makes a pyramid of features; the layers that an encoder is made of; how
one is built; where its weights come from; and its taps, the layers whose outputs the decoder reads.
"""

import difflib
import http.client
import os
import socket
import urllib.error
import warnings
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path
from typing import NamedTuple

import keras
import numpy as np
import tensorflow as tf
from keras import applications, ops

from unetlab.checks import height_and_width


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
        starter: whether this package brings weights of its own for it.
        start: the layer that the network begins with, where those before it differ with its
            weights; the preprocessing does for all weights what they do for ImageNet's.
    """

    application: Callable[..., keras.Model]
    preprocessing: str | None
    taps: tuple[str | int, ...] | None = None
    margin: int = 0
    starter: bool = False
    start: str | None = None


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
# The layers before it take ImageNet's mean from the image and divide it by the root of the
# deviation, both of which are weights; and by the other root, but with weights="imagenet" alone.
EFFICIENTNET_START = "stem_conv_pad"


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
    "efficientnet_b0": EncoderRow(applications.EfficientNetB0, "torch", start=EFFICIENTNET_START),
    "efficientnet_b1": EncoderRow(applications.EfficientNetB1, "torch", start=EFFICIENTNET_START),
    "efficientnet_b2": EncoderRow(applications.EfficientNetB2, "torch", start=EFFICIENTNET_START),
    "efficientnet_b3": EncoderRow(applications.EfficientNetB3, "torch", start=EFFICIENTNET_START),
    "efficientnet_b4": EncoderRow(applications.EfficientNetB4, "torch", start=EFFICIENTNET_START),
    "efficientnet_b5": EncoderRow(applications.EfficientNetB5, "torch", start=EFFICIENTNET_START),
    "efficientnet_b6": EncoderRow(applications.EfficientNetB6, "torch", start=EFFICIENTNET_START),
    "efficientnet_b7": EncoderRow(applications.EfficientNetB7, "torch", start=EFFICIENTNET_START),
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
    "xception": EncoderRow(applications.Xception, "tf", XCEPTION_TAPS, XCEPTION_MARGIN),
    "inception_v3": EncoderRow(applications.InceptionV3, "tf", INCEPTION_V3_TAPS, INCEPTION_MARGIN),
    "inception_resnet_v2": EncoderRow(
        applications.InceptionResNetV2, "tf", INCEPTION_RESNET_V2_TAPS, INCEPTION_MARGIN
    ),
    "nasnet_mobile": EncoderRow(applications.NASNetMobile, "tf", NASNET_MOBILE_TAPS, NASNET_MARGIN),
    "nasnet_large": EncoderRow(applications.NASNetLarge, "tf", NASNET_LARGE_TAPS, NASNET_MARGIN),
}


def encoder_row(name: str) -> EncoderRow:
    """Look an encoder up in the table; a name that is not in it raises with the nearest ones."""
    if name in ENCODERS:
        return ENCODERS[name]
    near = difflib.get_close_matches(name.lower(), ENCODERS, n=3, cutoff=0)
    raise ValueError(
        f"encoder {name!r} is not in the table; did you mean {' or '.join(map(repr, near))}? "
        f"Known encoders: {', '.join(ENCODERS)}."
    )


@keras.saving.register_keras_serializable("unetlab")
class Preprocessing(keras.layers.Layer):
    """Turn an image in 0..255 into the numbers that a network was trained on.

    The mode is one of `keras.applications.imagenet_utils.preprocess_input`: "tf" (-1..1), "caffe"
    (BGR minus the ImageNet mean) or "torch" (ImageNet mean and deviation); or None for a network
    that takes the image as it is. Images in 0..1 or -1..1 cannot be trained on.
    """

    def __init__(self, mode: str | None = None, **kwargs):
        # In bfloat16 neighbouring grey values would fall together, so this layer stays in float32.
        super().__init__(**{"dtype": "float32", **kwargs})
        self.mode = mode

    def call(self, image, training=None):
        """Preprocess images [B, H, W, 3] of any dtype, 0..255."""
        image = ops.cast(image, self.compute_dtype)
        if training:
            image = _refuse_dark(image)
        if self.mode is None:
            return image
        return applications.imagenet_utils.preprocess_input(
            image, data_format="channels_last", mode=self.mode
        )

    def compute_output_shape(self, input_shape):
        """Return the input's shape: only the values change."""
        return input_shape

    def get_config(self):
        """Return what `keras.saving` needs to build the layer again."""
        return {**super().get_config(), "mode": self.mode}


def _refuse_dark(image):
    # Photos in 0..1 are black to a network that expects 0..255: it would learn, and learn little.
    # A whole batch is looked at, as one photo may be black.
    highest = ops.max(image)
    dark = (highest <= 1) & (highest != 0)
    if keras.backend.backend() == "tensorflow":
        said = "the images hold nothing above 1, expected 0..255: multiply images in 0..1 by 255."
        with tf.control_dependencies([tf.debugging.Assert(~dark, [said])]):
            image = tf.identity(image)
    # Compilers that take no such check (XLA, JAX) and PyTorch have NaN for a loss.
    return image + ops.where(dark, float("nan"), 0.0)


@keras.saving.register_keras_serializable("unetlab")
class Backbone(keras.layers.Wrapper):
    """The network inside an encoder: pretrained, it runs in inference mode, whatever trains around.

    Its batch norms then keep the statistics that they were trained with, also once the encoder is
    unfrozen. Inside a functional model `layer(x, training=False)` would not be enough: Keras 3 puts
    the training flag of the outer call in its place. Random weights learn as in any Keras model.
    """

    def __init__(self, layer: keras.layers.Layer, origin: str, **kwargs):
        super().__init__(layer, **kwargs)
        self.origin = origin

    def call(self, inputs, training=None):
        """Call the wrapped network, with `training=False` unless its weights began at random."""
        return self.layer(inputs, training=training if self.origin == "random" else False)

    def compute_output_shape(self, input_shape):
        """Return the wrapped network's output shapes."""
        return self.layer.compute_output_shape(input_shape)

    def get_config(self):
        """Return what `keras.saving` needs to build the layer again."""
        return {**super().get_config(), "origin": self.origin}

    # A file of weights says where they come from, so that `load_weights` brings this along.
    def save_own_variables(self, store):
        """Store the origin's letters."""
        store["origin"] = np.frombuffer(self.origin.encode(), np.uint8)

    def load_own_variables(self, store):
        """Read the origin's letters."""
        if "origin" in store.keys():  # noqa: SIM118 - Keras's store is no container
            self.origin = bytes(np.asarray(store["origin"], np.uint8)).decode()


def build_encoder(
    encoder: str | keras.Model = "mobilenet_v2",
    image_size: int | tuple[int, int] = 128,
    weights: str | os.PathLike | None = "auto",
) -> keras.Model:
    """Build a model from an image to its feature maps, from fine to coarse.

    Its layers and the shapes of its weights go by the encoder's name alone, not by what weights
    there are: what was saved from one can be loaded into any other.

    Args:
        encoder: a name in `ENCODERS`, or any Keras model from an image in 0..255 to feature maps;
            their order does not matter. A model with a single output is tapped by `find_taps`.
            The model itself is not changed: the encoder is a copy with its weights, which count
            as pretrained.
        image_size: height and width in pixels, or one number for both.
        weights: "imagenet"; "starter", which come with this package for MobileNetV2; None for
            random weights; the path of a weights file; or "auto": ImageNet's where Keras has them
            cached or can download them, elsewhere the starter's where the encoder has some, else
            random ones. Where they are not ImageNet's, one printed line says which they are and
            why; `unetlab.weights_of` tells at any time. Not used where `encoder` is a model.

    Returns:
        A `keras.Model` named "encoder" from image `float32 [B, H, W, 3]`, 0..255, to a list of
        feature maps. It is frozen where its weights are pretrained; where they are random, it is
        trainable, and needs far more photos and time.

    Raises:
        ConnectionError: weights="imagenet" are neither cached nor can they be downloaded.
        ValueError: the name is unknown, or its coarsest stride does not divide the image size.

    Example:
        >>> encoder = build_encoder("mobilenet_v2", image_size=64, weights=None)
        >>> [tuple(features.shape[1:]) for features in encoder.outputs]
        [(32, 32, 96), (16, 16, 144), (8, 8, 192), (4, 4, 576), (2, 2, 320)]
    """
    height, width = height_and_width(image_size)
    if isinstance(encoder, str):
        return encoder_from_row(encoder_row(encoder), height, width, weights)
    return _join(_from_model(encoder, (height, width, 3)), "own model", height, width)


STRIDES = (2, 4, 8, 16, 32)


def encoder_from_row(row: EncoderRow, height: int, width: int, weights) -> keras.Model:
    """Build an encoder as a row of the table says; the rest as in `build_encoder`."""
    if height % 32 or width % 32:
        nearest = "x".join(str(max(1, round(side / 32)) * 32) for side in (height, width))
        raise ValueError(
            f"image_size {height}x{width} cannot be halved five times as the encoder does: both "
            f"sides must be multiples of 32; use {nearest}."
        )
    input_shape = (height + row.margin, width + row.margin, 3)
    network, origin = build_network(row, input_shape, weights)
    tapped = _tap(network, row.taps, row.margin, row.start)
    return _join(tapped, origin, height, width, row.preprocessing, row.margin)


def _join(tapped, origin, height, width, preprocessing=None, margin=0) -> keras.Model:
    image = keras.Input([height, width, 3], name="image")
    x = Preprocessing(preprocessing, name="preprocessing")(image)
    if margin:
        before = margin // 2
        sides = (before, margin - before)
        x = keras.layers.ZeroPadding2D((sides, sides), name="margin")(x)
    encoder = keras.Model(image, Backbone(tapped, origin, name="backbone")(x), name="encoder")
    encoder.trainable = origin == "random"
    return encoder


def _from_model(model: keras.Model, input_shape) -> keras.Model:
    copy = keras.models.clone_model(model, input_tensors=keras.Input(input_shape))
    copy_weights(model, copy)
    if len(copy.outputs) == 1:
        return _tap(copy)
    fine_to_coarse = sorted(copy.outputs, key=lambda features: features.shape[1], reverse=True)
    return keras.Model(copy.inputs, fine_to_coarse, name=model.name)


def copy_weights(source: keras.layers.Layer, target: keras.layers.Layer) -> None:
    """Give a layer or model the weights of another one of the same structure, in full effect.

    Keras's `set_weights` alone leaves an adapted `Normalization` dividing by what it had before.
    """
    target.set_weights(source.get_weights())
    for layer in target._flatten_layers():
        if isinstance(layer, keras.layers.Normalization):
            layer.finalize_state()


def _tap(model: keras.Model, taps=None, margin: int = 0, start: str | None = None) -> keras.Model:
    taps = find_taps(model) if taps is None else taps
    layers = [model.layers[t] if isinstance(t, int) else model.get_layer(t) for t in taps]
    outputs = [layer.output for layer in layers]
    if margin:
        height, width = (side - margin for side in model.inputs[0].shape[1:3])
        outputs = [
            _crop(layer, height // stride, width // stride)
            for layer, stride in zip(layers, STRIDES, strict=True)
        ]
    inputs = model.inputs if start is None else model.get_layer(start).input
    return keras.Model(inputs, outputs, name=model.name)


def _crop(layer: keras.layers.Layer, height: int, width: int):
    # From the middle: there every feature lies over its own pixels of the image, to within half a
    # step from one feature to the next.
    rows, columns = layer.output.shape[1] - height, layer.output.shape[2] - width
    if not rows and not columns:
        return layer.output
    sides = ((rows // 2, rows - rows // 2), (columns // 2, columns - columns // 2))
    return keras.layers.Cropping2D(sides, name=f"{layer.name}_cropped")(layer.output)


# Networks, with their sizes, whose weights Keras could not download. Asked once and said once: a
# silent network takes its time, and Keras announces each download that then does not come.
_NOT_DOWNLOADED = set()


def build_network(row: EncoderRow, input_shape, weights) -> tuple[keras.Model, str]:
    """Build a row's network without its classifier; say where its weights come from, too."""
    if weights == "auto":
        asked = (row.application, input_shape)
        if asked not in _NOT_DOWNLOADED:
            try:
                return _download(*asked), "imagenet"
            except ConnectionError as error:
                instead = "unetlab's own starter weights" if row.starter else "random weights"
                advice = "Connect to the internet and restart Python."
                print(f"{error}: it starts from {instead}. {advice}")
                _NOT_DOWNLOADED.add(asked)
        weights = "starter" if row.starter else None
    if weights == "imagenet":
        return _download(row.application, input_shape), "imagenet"
    network = _build(row.application, input_shape)
    if weights is None:
        # The applications' momentum of 0.99 or 0.999 suits a million images. With a few hundred,
        # the statistics would still be those of the first steps when training ends.
        for layer in network.layers:
            if isinstance(layer, keras.layers.BatchNormalization):
                layer.momentum = 0.9
        return network, "random"
    if weights == "starter":
        _load_starter(network)
        return network, "starter"
    network.load_weights(weights)
    return network, "file"


def _build(application, input_shape, weights=None) -> keras.Model:
    with warnings.catch_warnings():
        # MobileNet takes its weights for 224 pixels at other sizes, which is what we want.
        warnings.filterwarnings("ignore", "`input_shape` is undefined or non-square")
        return application(include_top=False, weights=weights, input_shape=input_shape)


# What goes wrong where there is no network, a silent one, or one that lets nobody out.
NETWORK_FAULTS = (
    urllib.error.URLError,
    ConnectionError,
    TimeoutError,
    http.client.HTTPException,
)


def _download(application, input_shape) -> keras.Model:
    before = socket.getdefaulttimeout()
    socket.setdefaulttimeout(10)  # Keras sets no time limit, and a silent network would hang it
    try:
        return _build(application, input_shape, "imagenet")
    except Exception as error:
        # Keras makes a bare Exception of what goes wrong in a download.
        for fault in (error, error.__context__):
            if isinstance(fault, NETWORK_FAULTS):
                raise ConnectionError(
                    f"No ImageNet weights for {application.__name__} ({fault})"
                ) from error
        if isinstance(error, OSError):
            error.add_note(f"Keras keeps weights in {weights_folder()}: delete a damaged file.")
        raise
    finally:
        socket.setdefaulttimeout(before)


def weights_folder() -> Path:
    """Return the folder, which need not exist, in which Keras keeps downloaded weights."""
    return Path(os.environ.get("KERAS_HOME", Path.home() / ".keras")) / "models"


def starter_path():
    """Return where the starter weights of MobileNetV2 lie: a part of this package."""
    return files("unetlab") / "starter" / "encoder.npz"


def _load_starter(network: keras.Model) -> None:
    variables = {
        f"{layer.name}/{variable.name}": variable
        for layer in network.layers
        for variable in layer.weights
    }
    # The layers after the last tap are left out.
    with starter_path().open("rb") as file, np.load(file) as arrays:
        for name, array in arrays.items():
            variables[name].assign(array)


def weights_of(model: keras.Model) -> str:
    """Say where the weights of a model's encoder come from.

    Training does not change the answer: it is where the weights began.

    Args:
        model: as from `build_unet`, `build_carvana_unet` or `build_encoder`.

    Returns:
        "imagenet", "starter" (what comes with this package), "random", "file" (a path was given) or
        "own model" (the encoder is a Keras model of one's own).

    Example:
        >>> weights_of(build_encoder("mobilenet_v2", 64, weights=None))
        'random'
    """
    return next(part.origin for part in model._flatten_layers() if isinstance(part, Backbone))


def find_taps(model: keras.Model) -> list[str]:
    """Name the last layer at each stride: where the features are richest before they shrink."""
    height, width = model.inputs[0].shape[1:3]
    last_at_stride = {}
    for layer in model.layers:
        shape = getattr(layer.output, "shape", ())
        for stride in STRIDES:
            if tuple(shape[1:3]) == (height // stride, width // stride) and len(shape) == 4:
                last_at_stride[stride] = layer.name
    return [last_at_stride[stride] for stride in sorted(last_at_stride)]


def tap_table(encoder_model: keras.Model) -> str:
    """List an encoder's feature maps as plain text: one line each, under a line of headings.

    Args:
        encoder_model: what `build_encoder` returns.

    Returns:
        The table: name of the layer, stride, height, width and channels.

    Example:
        >>> image = keras.Input([64, 96, 3])
        >>> fine = keras.layers.Conv2D(8, 3, strides=2, padding="same", name="fine")(image)
        >>> coarse = keras.layers.MaxPooling2D(name="coarse")(fine)
        >>> print(tap_table(build_encoder(keras.Model(image, [fine, coarse]), (64, 96))))
        name    stride  height  width  channels
        fine         2      32     48         8
        coarse       4      16     24         8
    """
    names = encoder_model.get_layer("backbone").layer.output_names
    widest = max(map(len, [*names, "name"]))
    lines = [f"{'name':{widest}}  stride  height  width  channels"]
    for name, features in zip(names, encoder_model.outputs, strict=True):
        _, height, width, channels = features.shape
        stride = encoder_model.input_shape[1] // height
        lines.append(f"{name:{widest}}{stride:>8}{height:>8}{width:>7}{channels:>10}")
    return "\n".join(lines)

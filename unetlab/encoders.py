"""The encoders: pretrained classifiers read at several depths.

The table of those that go by a name is in `unetlab.encoder_table`; any other Keras model can be an
encoder too. Its taps are the layers whose outputs the decoder reads.

Taught in: notebooks/01_pets_segmentation.ipynb
"""

import socket
import warnings
from collections.abc import Callable, Sequence
from contextlib import contextmanager

import keras

from unetlab.checks import height_and_width
from unetlab.encoder_table import encoder_row
from unetlab.folding import fold_batch_norms


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
    """

    def call(self, inputs):
        """Call the wrapped layer with `training=False`."""
        return self.layer(inputs, training=False)


def build_application(
    application: Callable[..., keras.Model], input_shape: tuple[int, int, int], weights: str | None
) -> tuple[keras.Model, bool]:
    """Build a Keras application without its classifier, with pretrained weights if it can.

    Args:
        application: a function of `keras.applications`.
        input_shape: height and width in pixels, and 3 channels.
        weights: "imagenet", None, a path, or "auto" for ImageNet where Keras has it cached or can
            download it and random ones elsewhere, which one printed line says.

    Returns:
        The model, and whether its weights are pretrained.

    Example:
        >>> build_application(keras.applications.MobileNetV2, (64, 64, 3), weights=None)[1]
        False
    """

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
            f"No ImageNet weights for {application.__name__} "
            f"({reason or type(error).__name__}): it starts from random weights and is trained "
            "whole. Connect to the internet once to get them."
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


STRIDES = (2, 4, 8, 16, 32)


def find_taps(model: keras.Model) -> list[str]:
    """Name the last layer at each stride: where the features are richest before they shrink.

    Args:
        model: a functional Keras model with a known image size.

    Returns:
        Names of layers, from stride 2 to stride 32, as far as the model has them.

    Raises:
        ValueError: no layer has a feature map at any of these strides, or the image size is open.

    Example:
        >>> model = keras.applications.ResNet50(
        ...     include_top=False, weights=None, input_shape=(64, 64, 3))
        >>> find_taps(model)[:2]
        ['conv1_relu', 'conv2_block3_out']
    """
    height, width = model.inputs[0].shape[1:3]
    if height is None or width is None:
        raise ValueError(
            f"the model {model.name!r} takes images of any size, and strides are counted at one; "
            "build it with an input_shape such as (128, 128, 3)."
        )
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


def tap_table(encoder_model: keras.Model) -> str:
    """List an encoder's feature maps as plain text: one line each, under a line of headings.

    Args:
        encoder_model: what `build_encoder` returns, or any functional Keras model from an image
            to feature maps.

    Returns:
        The table: name of the layer, stride, height, width and channels.

    Example:
        >>> image = keras.Input([64, 96, 3])
        >>> fine = keras.layers.Conv2D(8, 3, strides=2, padding="same", name="fine")(image)
        >>> coarse = keras.layers.MaxPooling2D(name="coarse")(fine)
        >>> print(tap_table(keras.Model(image, [fine, coarse])))
        name    stride  height  width  channels
        fine         2      32     48         8
        coarse       4      16     24         8
    """
    names = _tapped_layers(encoder_model)
    widest = max(map(len, [*names, "name"]))
    lines = [f"{'name':{widest}}  stride  height  width  channels"]
    for name, features in zip(names, encoder_model.outputs, strict=True):
        _, height, width, channels = features.shape
        stride = encoder_model.inputs[0].shape[1] / height
        lines.append(f"{name:{widest}}{stride:>8.3g}{height:>8}{width:>7}{channels:>10}")
    return "\n".join(lines)


def _tapped_layers(encoder_model: keras.Model) -> list[str]:
    # The outputs of a built encoder all come from one layer, which holds the tapped network.
    names = encoder_model.output_names
    layer = encoder_model.get_layer(names[0])
    inside = getattr(layer, "layer", layer)
    whole = len(set(names)) == 1 and isinstance(inside, keras.Model)
    return inside.output_names if whole else names


def build_encoder(
    encoder: str | keras.Model = "mobilenet_v2",
    image_size: int | tuple[int, int] = 128,
    weights: str | None = "auto",
    fold: bool = True,
) -> keras.Model:
    """Build a model from an image to its feature maps, from fine to coarse.

    Args:
        encoder: a name in `ENCODERS`, or any Keras model from an image in 0..255 to feature maps;
            their order does not matter, nor whether they are a list or, as in KerasHub, a dict or
            the model's `pyramid_outputs`. A model with a single output is tapped by `find_taps`.
            The model itself is not changed: the encoder is a copy with its weights, which count
            as pretrained.
        image_size: height and width in pixels, or one number for both.
        weights: "imagenet"; None for random weights; "auto" for ImageNet where Keras has it cached
            or can download it and random ones elsewhere, which one printed line says; or the path
            of a weights file. Not used where `encoder` is a model.
        fold: whether the batch norms of pretrained weights become part of the convolutions before
            them, as in `fold_batch_norms`: the same features, sooner. Random ones keep theirs, so
            the weights of one do not fit into the other: clone a model, or save it whole.

    Returns:
        A `keras.Model` named "encoder" from image `float32 [B, H, W, 3]`, 0..255, to a list of
        feature maps. It is frozen where its weights are pretrained and trainable where not.

    Raises:
        ValueError: the name is unknown, the coarsest stride does not divide the image size, the
            image is too small for the encoder, or an output of the model is no feature map.

    Example:
        >>> encoder = build_encoder("mobilenet_v2", image_size=64, weights=None)
        >>> [tuple(features.shape[1:]) for features in encoder.outputs]
        [(32, 32, 96), (16, 16, 144), (8, 8, 192), (4, 4, 576), (2, 2, 320)]
    """
    height, width = height_and_width(image_size)
    image = keras.Input([height, width, 3], name="image")
    if isinstance(encoder, str):
        x, tapped, pretrained = _from_table(encoder, image, weights)
    else:
        x, tapped, pretrained = image, _from_model(encoder, (height, width, 3)), True
    if pretrained:
        # Batch norms keep the statistics they were trained with, also once the encoder is unfrozen.
        tapped = fold_batch_norms(tapped) if fold else tapped
        features = InferenceMode(tapped, name="inference_mode")(x)
    else:
        _quicken_batch_norms(tapped)
        features = tapped(x)
    model = keras.Model(image, features, name="encoder")
    model.trainable = not pretrained
    return model


def _from_table(name: str, image, weights: str | None):
    row, (height, width) = encoder_row(name), image.shape[1:3]
    _check_size(name, height, width)
    input_shape = (height + row.margin, width + row.margin, 3)
    backbone, pretrained = build_application(row.application, input_shape, weights)
    if row.preprocessing:
        image = Preprocessing(row.preprocessing, name="preprocessing")(image)
    if row.margin:
        before = row.margin // 2
        sides = (before, row.margin - before)
        image = keras.layers.ZeroPadding2D((sides, sides), name="margin")(image)
    return image, _tap(backbone, row.taps, row.margin), pretrained


def _from_model(model: keras.Model, input_shape) -> keras.Model:
    if pyramid := getattr(model, "pyramid_outputs", None):
        model = keras.Model(model.input, pyramid, name=model.name)
    model = _copy(model, input_shape)
    if len(model.outputs) == 1:
        return _tap(model)
    for name, output in zip(model.output_names, model.outputs, strict=True):
        if len(output.shape) != 4 or None in output.shape[1:]:
            raise ValueError(
                f"encoder {model.name!r} has the output {name!r} of shape {output.shape}, expected "
                "a feature map [B, H, W, C]; pass keras.Model(inputs, feature_maps)."
            )
    fine_to_coarse = sorted(model.outputs, key=lambda features: features.shape[1], reverse=True)
    return keras.Model(model.inputs, fine_to_coarse, name=model.name)


def _tap(
    model: keras.Model, taps: Sequence[str | int] | None = None, margin: int = 0
) -> keras.Model:
    if taps is None:
        taps = find_taps(model)
    layers = [model.layers[t] if isinstance(t, int) else model.get_layer(t) for t in taps]
    outputs = [layer.output for layer in layers]
    if margin:
        height, width = (side - margin for side in model.inputs[0].shape[1:3])
        outputs = [
            _crop(layer, height // stride, width // stride)
            for layer, stride in zip(layers, STRIDES, strict=True)
        ]
    return keras.Model(model.inputs, outputs, name=model.name)


def _crop(layer: keras.layers.Layer, height: int, width: int):
    # From the middle: there every feature lies over its own pixels of the image, to within half a
    # step from one feature to the next.
    rows, columns = layer.output.shape[1] - height, layer.output.shape[2] - width
    if not rows and not columns:
        return layer.output
    sides = ((rows // 2, rows - rows // 2), (columns // 2, columns - columns // 2))
    return keras.layers.Cropping2D(sides, name=f"{layer.name}_cropped")(layer.output)


def _check_size(name: str, height: int, width: int) -> None:
    stride, smallest = max(STRIDES), encoder_row(name).smallest
    nearest = [max(smallest, round(size / stride) * stride) for size in (height, width)]
    if height % stride or width % stride:
        raise ValueError(
            f"image_size {height}x{width} cannot be halved five times as encoder {name!r} does: "
            f"both sides must be multiples of {stride}; use {nearest[0]}x{nearest[1]}."
        )
    if min(height, width) < smallest:
        raise ValueError(
            f"image_size {height}x{width} is too small for encoder {name!r}, which needs "
            f"{smallest} pixels a side; use {nearest[0]}x{nearest[1]}."
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
    except TypeError as error:
        raise ValueError(
            f"encoder {model.name!r} cannot be copied, because one of its layers cannot be built "
            "again from its get_config(); saving the model would not work either. Keras says: "
            f"{str(error).splitlines()[0]}"
        ) from error
    except ValueError as error:
        raise ValueError(
            f"encoder {model.name!r} cannot be built for an image of shape {input_shape}; pass a "
            "convolutional model without its classifier (include_top=False), or the image size "
            f"it was made for. Keras says: {str(error).splitlines()[0]}"
        ) from error
    return copy

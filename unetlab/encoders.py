"""The encoders: pretrained classifiers read at several depths.

The table of those that go by a name is in `unetlab.encoder_table`; any other Keras model can be an
encoder too. Its taps are the layers whose outputs the decoder reads.

Taught in: notebooks/01_pets_segmentation.ipynb
"""

import os
from collections.abc import Sequence

import keras

from unetlab.arguments import check_flag, check_functional
from unetlab.checks import height_and_width
from unetlab.encoder_table import encoder_row
from unetlab.folding import copy_weights, fold_batch_norms
from unetlab.pretrained import RANDOM, Backbone, build_application, starter_path


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
    check_functional(model)
    if len(model.inputs[0].shape) != 4:
        raise ValueError(
            f"the model {model.name!r} takes {tuple(model.inputs[0].shape)}, expected images "
            "[B, H, W, C]: pass a convolutional model."
        )
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

    Raises:
        ValueError: the model is no such model, or its image size is open.

    Example:
        >>> image = keras.Input([64, 96, 3])
        >>> fine = keras.layers.Conv2D(8, 3, strides=2, padding="same", name="fine")(image)
        >>> coarse = keras.layers.MaxPooling2D(name="coarse")(fine)
        >>> print(tap_table(keras.Model(image, [fine, coarse])))
        name    stride  height  width  channels
        fine         2      32     48         8
        coarse       4      16     24         8
    """
    if isinstance(check_functional(encoder_model), keras.Sequential):
        encoder_model = keras.Model(encoder_model.inputs, encoder_model.outputs)
    for tensor in (*encoder_model.inputs, *encoder_model.outputs):
        if len(tensor.shape) != 4 or None in tensor.shape[1:]:
            raise ValueError(
                f"the model {encoder_model.name!r} goes from or to {tuple(tensor.shape)}, expected "
                "images and feature maps [B, H, W, C] of known sizes: see build_encoder."
            )
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
    weights: str | os.PathLike | None = "auto",
    fold: bool = False,
) -> keras.Model:
    """Build a model from an image to its feature maps, from fine to coarse.

    Its layers and the shapes of its weights go by the encoder's name alone, not by what weights
    there are: what was saved from one can be loaded into any other.

    Args:
        encoder: a name in `ENCODERS`, or any Keras model from an image in 0..255 to feature maps;
            their order does not matter, nor whether they are a list or, as in KerasHub, a dict or
            the model's `pyramid_outputs`. A model with a single output is tapped by `find_taps`.
            The model itself is not changed: the encoder is a copy with its weights, which count
            as pretrained.
        image_size: height and width in pixels, or one number for both.
        weights: "imagenet"; "starter", which come with this package for MobileNetV2; None for
            random weights; the path of a weights file; or "auto": ImageNet's where Keras has them
            cached or can download them, elsewhere the starter's where the encoder has some, else
            random ones. Where they are not ImageNet's, one printed line says which they are and
            why; `unetlab.weights_of` tells at any time. Not used where `encoder` is a model.
        fold: whether the batch norms of pretrained weights become part of the convolutions before
            them, as in `fold_batch_norms`: the same features, sooner, from fewer weights, so that
            files of weights no longer fit. Where "auto" ends in random weights they are kept, as
            they have yet to learn.

    Returns:
        A `keras.Model` named "encoder" from image `float32 [B, H, W, 3]`, 0..255, to a list of
        feature maps. It is frozen where its weights are pretrained; where they are random, it is
        trainable, and needs far more photos and time.

    Raises:
        ConnectionError: weights="imagenet" are neither cached nor can they be downloaded.
        FileNotFoundError: there is no file of weights at the path.
        OSError: the disk, or a damaged file in Keras's cache, is in the way of ImageNet's weights.
        ValueError: the name is unknown, the coarsest stride does not divide the image size, the
            image is too small for the encoder, an output of the model is no feature map, the
            encoder has no starter weights, the file holds other weights, or random weights are to
            be folded.

    Example:
        >>> encoder = build_encoder("mobilenet_v2", image_size=64, weights=None)
        >>> [tuple(features.shape[1:]) for features in encoder.outputs]
        [(32, 32, 96), (16, 16, 144), (8, 8, 192), (4, 4, 576), (2, 2, 320)]
    """
    height, width = height_and_width(image_size)
    check_flag("fold", fold)
    if not isinstance(encoder, (str, keras.Model)):
        raise ValueError(
            f"encoder is a {type(encoder).__name__}, expected a name or a keras.Model: use one of "
            "unetlab.ENCODERS, such as 'mobilenet_v2'."
        )
    image = keras.Input([height, width, 3], name="image")
    if isinstance(encoder, str):
        x, tapped, origin = _from_table(encoder, image, weights, fold)
    else:
        x, tapped, origin = image, _from_model(encoder, (height, width, 3)), "own model"
    if fold and origin != RANDOM:
        tapped = fold_batch_norms(tapped)
    return join_encoder(image, x, tapped, origin)


def join_encoder(image, x, tapped: keras.Model, origin: str) -> keras.Model:
    """Join what stands before a tapped network with the network, to an encoder.

    Args:
        image: the encoder's input.
        x: what the network reads, made from the image.
        tapped: the network; its outputs are the feature maps.
        origin: where its weights come from, as `unetlab.weights_of` says it.

    Returns:
        A model named "encoder", frozen unless its weights are random.

    Example:
        >>> image = keras.Input([8, 8, 3])
        >>> network = keras.Sequential([image, keras.layers.Conv2D(4, 3, strides=2)])
        >>> join_encoder(image, image, network, "own model").trainable
        False
    """
    if origin == RANDOM:
        _quicken_batch_norms(tapped)
    encoder = keras.Model(image, Backbone(tapped, origin, name="backbone")(x), name="encoder")
    encoder.trainable = origin == RANDOM
    return encoder


def _from_table(name: str, image, weights, fold: bool):
    row, (height, width) = encoder_row(name), image.shape[1:3]
    _check_size(name, height, width)
    input_shape = (height + row.margin, width + row.margin, 3)
    starter = starter_path() if row.starter else None
    backbone, origin = build_application(row.application, input_shape, weights, starter, fold)
    if row.preprocessing:
        image = Preprocessing(row.preprocessing, name="preprocessing")(image)
    if row.margin:
        before = row.margin // 2
        sides = (before, row.margin - before)
        image = keras.layers.ZeroPadding2D((sides, sides), name="margin")(image)
    return image, _tap(backbone, row.taps, row.margin), origin


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
        copy_weights(model, copy)
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

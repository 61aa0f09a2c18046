"""The encoders: pretrained classifiers read at several depths.

The table of those that go by a name is in `unetlab.encoder_table`; any other Keras model can be an
encoder too.

Taught in: notebooks/01_pets_segmentation.ipynb
"""

from collections.abc import Sequence

import keras

from unetlab.encoder_layers import InferenceMode, Preprocessing
from unetlab.encoder_table import ENCODERS as ENCODERS
from unetlab.encoder_table import EncoderRow as EncoderRow
from unetlab.encoder_table import encoder_row
from unetlab.folding import fold_batch_norms
from unetlab.image_size import height_and_width
from unetlab.pretrained import build_application
from unetlab.taps import STRIDES, find_taps


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

    Taught in: notebooks/01_pets_segmentation.ipynb
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

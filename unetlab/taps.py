"""Taps: the layers of an encoder whose outputs the decoder reads; finding and listing them.

Taught in: notebooks/01_pets_segmentation.ipynb
"""

import keras

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

    Taught in: notebooks/05_swap_the_encoder.ipynb
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

    Taught in: notebooks/05_swap_the_encoder.ipynb
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

"""Taps: the layers of an encoder whose outputs the decoder reads.

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

"""Folding: batch norms that no longer learn become part of the convolutions before them.

Taught in: notebooks/06_train_faster.ipynb
"""

from collections import Counter

import keras
import numpy as np
from keras import layers


def fold_batch_norms(model: keras.Model) -> keras.Model:
    """Copy a model, with each batch norm after a convolution made part of its kernel and bias.

    At inference a batch norm is a factor and a summand for each channel, and a convolution can
    hold both: the outputs are the same up to rounding, in fewer passes over the features. Where
    something else reads the convolution, too, or comes between, the batch norm stays.

    Args:
        model: a functional Keras model, from anything to anything; it is not changed.

    Returns:
        A model with layers of the same names; a folded batch norm leaves an identity of its name.

    Example:
        >>> parts = [keras.Input([8, 8, 3]), layers.Conv2D(4, 3), layers.BatchNormalization()]
        >>> model = keras.Sequential(parts)
        >>> model.count_params(), fold_batch_norms(model).count_params()
        (128, 112)

    Source: Jacob et al., Quantization and Training of Neural Networks for Efficient
    Integer-Arithmetic-Only Inference, CVPR 2018, section 3.2.
    """
    if isinstance(model, keras.Sequential):
        model = keras.Model(model.inputs[0], model.outputs[0], name=model.name)
    norms = _norms_by_convolution(model)
    folded = {norm.name for norm in norms.values()}

    def copy(layer):
        if layer.name in folded:
            return layers.Identity(name=layer.name, dtype=layer.dtype_policy.name)
        bias = {"use_bias": True} if layer.name in norms else {}
        return type(layer).from_config({**layer.get_config(), **bias})

    def call(layer, *inputs, **settings):
        # A batch norm is called with a mask and a training flag, which an identity does not take.
        return layer(*inputs) if layer.name in folded else layer(*inputs, **settings)

    copied = keras.models.clone_model(model, clone_function=copy, call_function=call)
    for layer in model.layers:
        if layer.name in norms:
            copied.get_layer(layer.name).set_weights(_fold(layer, norms[layer.name]))
        elif layer.weights and layer.name not in folded:
            copied.get_layer(layer.name).set_weights(layer.get_weights())
    return copied


def _norms_by_convolution(model: keras.Model) -> dict[str, layers.BatchNormalization]:
    # Layers, and what stands between them as a plain operation, such as x + 3.
    steps = model.operations
    read = [tensor for step in steps for tensor in keras.tree.flatten(step.input)]
    readers = Counter(id(tensor) for tensor in [*read, *model.outputs])
    makers = {id(tensor): step for step in steps for tensor in keras.tree.flatten(step.output)}
    if not readers.keys() <= makers.keys():
        return {}  # A layer is called twice: who reads what cannot be told.
    norms = {}
    for norm in model.layers:
        if type(norm) is layers.BatchNormalization and readers[id(norm.input)] == 1:
            maker = makers[id(norm.input)]
            if _takes_in(maker, norm):
                norms[maker.name] = norm
    return norms


def _takes_in(layer, norm) -> bool:
    convolves = type(layer) in (layers.Conv2D, layers.DepthwiseConv2D)
    # An activation between the two is no factor.
    return convolves and layer.activation is keras.activations.linear and norm.axis in (-1, 3)


def _fold(convolution, norm) -> list[np.ndarray]:
    kernel, bias, gamma, beta, mean, variance = (
        default if weight is None else np.float64(keras.ops.convert_to_numpy(weight))
        for weight, default in (
            (convolution.kernel, None),
            (convolution.bias, 0.0),
            (norm.gamma, 1.0),
            (norm.beta, 0.0),
            (norm.moving_mean, None),
            (norm.moving_variance, None),
        )
    )
    factor = gamma / np.sqrt(variance + norm.epsilon)
    # A depthwise kernel ends with input channels and their multiples, any other with filters.
    shape = kernel.shape[2:] if isinstance(convolution, layers.DepthwiseConv2D) else -1
    return [kernel * factor.reshape(shape), beta + (bias - mean) * factor]

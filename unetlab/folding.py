"""Folding: batch norms that no longer learn become part of the convolutions before them."""

from collections import Counter

import keras
import numpy as np
from keras import layers

from unetlab.encoders import Backbone, copy_weights


def fold_batch_norms(model: keras.Model) -> keras.Model:
    """Copy a model, with each batch norm after a convolution made part of its kernel and bias.

    At inference a batch norm is a factor and a summand for each channel, and a convolution can
    hold both: the outputs are the same up to rounding, in fewer passes over the features. Where
    something else reads the convolution, too, or comes between, the batch norm stays. In training
    the copy has no statistics left to move: fold when the training is done.

    Args:
        model: a functional Keras model, from anything to anything, such as a whole U-Net; models
            inside it are folded too. It is not changed.

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
    inside = {layer.name for layer in model.layers if _is_graph(layer)}

    def copy(layer):
        if layer.name in folded:
            return layers.Identity(name=layer.name, dtype=layer.dtype_policy.name)
        if layer.name in inside:
            return _fold_inside(layer)
        bias = {"use_bias": True} if layer.name in norms else {}
        return type(layer).from_config({**layer.get_config(), **bias})

    def call(layer, *inputs, **settings):
        # A batch norm is called with a mask and a training flag, which an identity does not take.
        return layer(*inputs) if layer.name in folded else layer(*inputs, **settings)

    copied = keras.models.clone_model(model, clone_function=copy, call_function=call)
    for layer in model.layers:
        if layer.name in norms:
            copied.get_layer(layer.name).set_weights(_fold(layer, norms[layer.name]))
        elif layer.weights and layer.name not in folded | inside:
            copy_weights(layer, copied.get_layer(layer.name))
    if not model.trainable:
        copied.trainable = False
    return copied


def _is_graph(layer) -> bool:
    model = layer.layer if isinstance(layer, Backbone) else layer
    return isinstance(model, keras.Model) and hasattr(model, "operations")


def _fold_inside(layer):
    if isinstance(layer, Backbone):
        config = {"name": layer.name, "trainable": layer.trainable, "dtype": layer.dtype_policy}
        return Backbone(fold_batch_norms(layer.layer), layer.origin, **config)
    return fold_batch_norms(layer)


def _norms_by_convolution(model: keras.Model) -> dict[str, layers.BatchNormalization]:
    # Calls of layers, of models, and of what stands between them as a plain operation, such as x +
    # 3. A model's own `input` and `output` are inside it, so that only Keras's nodes tell.
    nodes = [node for same_depth in model._nodes_by_depth.values() for node in same_depth]
    read = [tensor for node in nodes for tensor in node.input_tensors]
    readers = Counter(id(tensor) for tensor in [*read, *model.outputs])
    makers = {id(tensor): node.operation for node in nodes for tensor in node.output_tensors}
    calls = Counter(id(node.operation) for node in nodes)
    norms = {}
    for node in nodes:
        norm = node.operation
        if type(norm) is layers.BatchNormalization and readers[id(node.input_tensors[0])] == 1:
            maker = makers[id(node.input_tensors[0])]
            if calls[id(norm)] == calls[id(maker)] == 1 and _takes_in(maker, norm):
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

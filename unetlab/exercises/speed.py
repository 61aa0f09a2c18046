"""The exercises of notebook 06: folding, a falling rate."""

from functools import partial

import numpy as np

from unetlab.exercises.exercise import Exercise


def fold_bias(kernel, bias, gamma, beta, mean, variance):
    """Return the kernel and the bias that do what convolution, bias and batch norm did."""
    factor = gamma / np.sqrt(variance)
    return kernel * factor, (bias - mean) * factor + beta


def _fold_with(make_bias, kernel, bias, gamma, beta, mean, variance):
    factor = gamma / np.sqrt(variance)
    return kernel * factor, make_bias(factor, bias, beta, mean)


FOLD_BIAS = Exercise(
    name="fold_bias",
    hint="Write gamma (k x + b - mean) / s + beta as K x + B, where s is the root of the variance.",
    why="Two passes over the features have become one, and nobody downstream can tell.",
    solution=fold_bias,
    mistakes={
        "The old bias goes through the batch norm, too: the factor multiplies it.": (
            partial(_fold_with, lambda factor, bias, beta, mean: bias + beta - mean * factor)
        ),
        "You lost the old bias. The notebook's convolution had none, this one has.": (
            partial(_fold_with, lambda factor, bias, beta, mean: beta - mean * factor)
        ),
        "The mean is subtracted before the scaling, so the factor multiplies it as well.": (
            partial(_fold_with, lambda factor, bias, beta, mean: bias * factor + beta - mean)
        ),
        "You divided by the variance. A batch norm divides by its root.": (
            lambda kernel, bias, gamma, beta, mean, variance: fold_bias(
                kernel, bias, gamma, beta, mean, variance**2
            )
        ),
        "You added the mean. A batch norm takes it off.": (
            partial(_fold_with, lambda factor, bias, beta, mean: (bias + mean) * factor + beta)
        ),
    },
    examples=((2.0, 5.0, 3.0, 1.0, 4.0, 9.0), (0.5, 0.2, 1.5, -2.0, 1.0, 16.0)),
)


def rate_at(share, highest):
    """Return the learning rate after a share of the training, along a cosine from highest to 0."""
    return highest * (1 + np.cos(np.pi * share)) / 2


RATE_AT = Exercise(
    name="rate_at",
    hint="cos(pi x share) goes from 1 to -1. Move and shrink it until it goes from highest to 0.",
    why="Large steps as long as there is far to go, small ones at the end, and no cliff between.",
    solution=rate_at,
    mistakes={
        "You drew a straight line. The cosine stays high for longer, and lands more gently.": (
            lambda share, highest: highest * (1 - share)
        ),
        "It begins at twice the highest rate: 1 + cos(0) is 2. Halve it.": (
            lambda share, highest: highest * (1 + np.cos(np.pi * share))
        ),
        "NumPy's cos counts in radians: half a turn is pi, and not 180.": (
            lambda share, highest: highest * (1 + np.cos(180 * share)) / 2
        ),
        "Yours climbs. With a plus before the cosine it falls.": (
            lambda share, highest: highest * (1 - np.cos(np.pi * share)) / 2
        ),
        "The bare cosine is 0 in the middle already, and then negative: uphill.": (
            lambda share, highest: highest * np.cos(np.pi * share)
        ),
    },
    examples=((0.25, 0.1), (0.0, 0.3), (0.5, 0.2), (1.0, 0.1)),
    tolerance=1e-5,
)


EXERCISES = (FOLD_BIAS, RATE_AT)

"""The exercises of notebook 06: a fair clock, folding, multiplications, a falling rate, memory."""

from functools import partial

import numpy as np

from unetlab.exercises.exercise import Exercise


def milliseconds(seconds, images):
    """Return the median milliseconds an image, of calls after the first, which compiles."""
    return 1000 * np.median(seconds[1:]) / images


MILLISECONDS = Exercise(
    name="milliseconds",
    hint="The first call also builds the graph. Of the others take the median.",
    why="A median of warm calls says what a step costs, whatever else the machine was doing.",
    solution=milliseconds,
    mistakes={
        "The first call is among them. It compiles, which happens once: leave it out.": (
            lambda seconds, images: 1000 * np.median(seconds) / images
        ),
        "You took the mean, and one hiccup of the machine has spoilt it. The median does not "
        "notice.": lambda seconds, images: 1000 * np.mean(seconds[1:]) / images,
        "That is for a whole batch. Divide by its images, or batches of different sizes cannot be "
        "compared.": lambda seconds, images: 1000 * np.median(seconds[1:]),
        "Those are seconds. A second has 1000 milliseconds.": (
            lambda seconds, images: np.median(seconds[1:]) / images
        ),
        "You took the best call. That is what the machine can do on a lucky day; the median is "
        "what it does.": lambda seconds, images: 1000 * np.min(seconds[1:]) / images,
    },
    examples=(
        ([2.0, 0.2, 0.1, 0.3, 0.9], 4),
        ([5.0, 0.4, 0.6, 0.5], 10),
        ([1.0, 0.01, 0.02, 0.06, 0.03], 1),
    ),
)


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


def multiplications(height, width, kernel, channels_in, channels_out):
    """Return the multiplications of a convolution that keeps the image's size."""
    return height * width * kernel * kernel * channels_in * channels_out


MULTIPLICATIONS = Exercise(
    name="multiplications",
    hint="Each pixel of each channel out takes a whole kernel over all channels in.",
    why="Half the channels make a quarter of the work, and so does half the height and width.",
    solution=multiplications,
    mistakes={
        "Those are the parameters. They are applied anew at every pixel, so height and width "
        "count as well.": lambda height, width, kernel, channels_in, channels_out: (
            kernel**2 * channels_in * channels_out
        ),
        "The kernel is a square: its side counts twice.": (
            lambda height, width, kernel, channels_in, channels_out: (
                height * width * kernel * channels_in * channels_out
            )
        ),
        "You added the channels. Each one that comes out looks at each that goes in.": (
            lambda height, width, kernel, channels_in, channels_out: (
                height * width * kernel**2 * (channels_in + channels_out)
            )
        ),
        "You left out the channels that go in. That is right for a depthwise convolution, which "
        "looks at one; this one looks at all of them.": (
            lambda height, width, kernel, channels_in, channels_out: (
                height * width * kernel**2 * channels_out
            )
        ),
    },
    examples=((8, 8, 3, 16, 4), (32, 48, 1, 64, 32), (5, 7, 5, 2, 3)),
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


def kept_bytes(shapes, photos):
    """Return the bytes of all photos' feature maps in float32, each photo and its mirror image."""
    numbers = sum(height * width * channels for height, width, channels in shapes)
    return 2 * photos * 4 * numbers


KEPT_BYTES = Exercise(
    name="kept_bytes",
    hint="Count one photo's numbers, map by map. A float32 has four bytes, a photo a mirror image.",
    why="Worth a line before `cache()`: features outgrow photos, and memory ends without a word.",
    solution=kept_bytes,
    mistakes={
        "That is without the mirror images. Their features are others, so they are kept, too.": (
            lambda shapes, photos: kept_bytes(shapes, photos) // 2
        ),
        "You counted numbers. In float32 each takes four bytes.": (
            lambda shapes, photos: kept_bytes(shapes, photos) // 4
        ),
        "A float32 has 32 *bits*, which are four bytes.": (
            lambda shapes, photos: kept_bytes(shapes, photos) * 8
        ),
        "That is for one photo.": lambda shapes, photos: kept_bytes(shapes, 1),
        "You added a map's sides. Its numbers are height x width x channels.": (
            lambda shapes, photos: 8 * photos * sum(sum(shape) for shape in shapes)
        ),
    },
    examples=(([(2, 2, 8)], 3), ([(4, 4, 8), (2, 2, 16)], 10), ([(48, 48, 96), (3, 3, 320)], 5)),
)

EXERCISES = (MILLISECONDS, FOLD_BIAS, MULTIPLICATIONS, RATE_AT, KEPT_BYTES)

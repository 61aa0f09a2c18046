"""The exercises of notebook 05: parameters, preprocessing, batch norm's two modes, eight bits."""

import numpy as np

from unetlab.exercises.exercise import Exercise


def conv_parameters(kernel, channels_in, channels_out):
    """Return the parameters of a convolution with a square kernel and a bias."""
    return kernel * kernel * channels_in * channels_out + channels_out


CONV_PARAMETERS = Exercise(
    name="conv_parameters",
    hint="Each channel out has a kernel over all channels in, and one bias.",
    why="Channels go in as a product, so halving them all along makes a quarter.",
    solution=conv_parameters,
    mistakes={
        "The bias is missing: one more number for each channel that comes out.": (
            lambda kernel, channels_in, channels_out: kernel**2 * channels_in * channels_out
        ),
        "A kernel of 3 is 3 x 3: its side counts twice.": (
            lambda kernel, channels_in, channels_out: (
                kernel * channels_in * channels_out + channels_out
            )
        ),
        "Each channel that comes out has one bias. You gave one to each that goes in.": (
            lambda kernel, channels_in, channels_out: (
                kernel**2 * channels_in * channels_out + channels_in
            )
        ),
        "You added the channels. Each one that comes out looks at all that go in, so they "
        "multiply.": lambda kernel, channels_in, channels_out: (
            kernel**2 * (channels_in + channels_out) + channels_out
        ),
        "You counted one kernel for each channel that comes out, as if it looked at one channel. "
        "It looks at all of those that go in.": (
            lambda kernel, channels_in, channels_out: kernel**2 * channels_out + channels_out
        ),
    },
    examples=((3, 64, 32), (1, 16, 8), (5, 3, 7)),
)


def for_mobilenet(image):
    """Return an image uint8 0..255 as MobileNetV2 was trained on it: floats from -1 to 1."""
    return image / 127.5 - 1


FOR_MOBILENET = Exercise(
    name="for_mobilenet",
    hint="Divide first, so that bytes become floats: 127.5 has to end at 0.",
    why="An encoder sees well only in the range it grew up in, and nothing warns of another one.",
    solution=for_mobilenet,
    mistakes={
        "That is 0..1, and to this encoder a photo in the dark: black has to be -1.": (
            lambda image: image / 255
        ),
        "That is 0..2. Take 1 off.": lambda image: image / 127.5,
        "That is -0.5..0.5. The middle is right, and the range half as wide as it should be.": (
            lambda image: image / 255 - 0.5
        ),
        "You subtracted while the image was still made of bytes. A byte has no numbers below 0, "
        "so dark pixels went round and came out bright: divide first.": (
            lambda image: (image - np.uint8(127)) / 127.5
        ),
        "You used this photo's own mean and spread. Then a dark photo and a bright one look "
        "alike, and the encoder never learned that: the range is the same for all.": (
            lambda image: (image - image.mean()) / image.std()
        ),
    },
    examples=((np.uint8([[0, 51, 255]]),), (np.uint8([[204, 102], [153, 0]]),)),
    tolerance=0.005,
)


def normalise(values, mean, variance, training):
    """Return values as a batch norm does, without its scale and shift: two modes."""
    if training:
        mean, variance = np.mean(values), np.var(values)
    return (values - mean) / np.sqrt(variance)


NORMALISE = Exercise(
    name="normalise",
    hint="Both modes subtract a mean and divide by a spread; they differ in whose.",
    why="This `if` is the whole of mistake 3: a protected encoder never takes its first branch.",
    solution=normalise,
    mistakes={
        "You always divide by this batch's own spread. In use that makes a photo's mask depend on "
        "the photos beside it: outside training, take what is remembered.": (
            lambda values, mean, variance, training: normalise(values, mean, variance, True)
        ),
        "You always use what is remembered. That is what `build_unet` does, and right for a frozen "
        "encoder; a plain batch norm in training takes the batch's own.": (
            lambda values, mean, variance, training: normalise(values, mean, variance, False)
        ),
        "The two modes are swapped: the batch's own numbers belong to training.": (
            lambda values, mean, variance, training: normalise(values, mean, variance, not training)
        ),
        "You divided by the variance. Its root is the spread.": (
            lambda values, mean, variance, training: (
                (values - (np.mean(values) if training else mean))
                / (np.var(values) if training else variance)
            )
        ),
    },
    examples=(
        (np.array([1.0, 5.0]), 2.0, 16.0, True),
        (np.array([1.0, 5.0]), 2.0, 16.0, False),
        (np.array([0.0, 3.0, 9.0]), 1.0, 4.0, True),
    ),
)


def to_eight_bits(values, low, high):
    """Return values as the nearest of 256 steps, 0 for low and 255 for high, kept within them."""
    return np.clip(np.round((values - low) / (high - low) * 255), 0, 255)


def _steps(values, low, high):
    return (values - low) / (high - low)


TO_EIGHT_BITS = Exercise(
    name="to_eight_bits",
    hint="Where does a value lie between low (0) and high (1)? Count that in steps of 1 / 255.",
    why="A quarter of the size for an error of half a step at most, if the range was well chosen.",
    solution=to_eight_bits,
    mistakes={
        "You multiplied by 256, which gives the highest value the step 256, and there is none: "
        "256 steps are numbered from 0 to 255.": (
            lambda values, low, high: np.clip(np.round(_steps(values, low, high) * 256), 0, 256)
        ),
        "A value outside the range gets a step that does not exist, and in a byte it would go "
        "round to the other end: clip it.": (
            lambda values, low, high: np.round(_steps(values, low, high) * 255)
        ),
        "You cut the digits off. That is up to a whole step too low; rounding errs by half of "
        "one.": lambda values, low, high: np.clip(
            np.floor(_steps(values, low, high) * 255), 0, 255
        ),
        "You did not take the low end off, so zero stands for 0. It has to be `low` that does.": (
            lambda values, low, high: np.clip(np.round(values / (high - low) * 255), 0, 255)
        ),
        "These are not whole numbers yet. A byte holds no digits behind the point: round.": (
            lambda values, low, high: np.clip(_steps(values, low, high) * 255, 0, 255)
        ),
    },
    examples=(
        (np.array([-1.0, 0.11, 1.0]), -1.0, 1.0),
        (np.array([0.0, 2.03, 6.0, 7.0]), 0.0, 6.0),
        (np.array([-3.0, 0.4, 5.0]), -2.0, 3.0),
    ),
)

EXERCISES = (CONV_PARAMETERS, FOR_MOBILENET, NORMALISE, TO_EIGHT_BITS)

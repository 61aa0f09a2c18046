"""The exercises of notebook 05: preprocessing, batch norm's two modes."""

import numpy as np

from unetlab.exercises.exercise import Exercise


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


EXERCISES = (FOR_MOBILENET, NORMALISE)

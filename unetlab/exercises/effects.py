"""The exercises of notebook 04: certainty, a soft edge, a blur without a halo."""

import numpy as np

from unetlab.exercises.exercise import Exercise

THRESHOLDS = np.linspace(0.5, 0.95, 10)


def times_right(probability, is_cat):
    """Return at how many of the thresholds 0.50, 0.55 ... 0.95 a pixel is right."""
    found = probability > np.linspace(0.5, 0.95, 10)
    return np.sum(found == is_cat)


TIMES_RIGHT = Exercise(
    name="times_right",
    hint="A threshold calls the pixel cat where its probability is above. Is that so?",
    why="For the subject this score wants more than one half, and for the ground less is enough.",
    solution=times_right,
    mistakes={
        "You counted where the pixel is called cat. Where there is no cat, that is wrong: compare "
        "with `is_cat`.": lambda probability, is_cat: np.sum(probability > THRESHOLDS),
        "For the ground you turned the probability round and asked for certainty there, too. The "
        "thresholds are the cat's: below 0.5 a pixel of ground is right at all ten.": (
            lambda probability, is_cat: np.sum(
                (probability if is_cat else 1 - probability) > THRESHOLDS
            )
        ),
        "You asked once, at one half. The higher thresholds ask how sure it is.": (
            lambda probability, is_cat: 10 * ((probability > 0.5) == is_cat)
        ),
        "You stop at 0.90: `np.arange` leaves its end out, and 0.95 is the tenth threshold.": (
            lambda probability, is_cat: np.sum((probability > THRESHOLDS[:9]) == is_cat)
        ),
        "That is the share. Asked is the number out of ten.": (
            lambda probability, is_cat: np.mean((probability > THRESHOLDS) == is_cat)
        ),
    },
    examples=((0.62, True), (0.62, False), (0.2, False), (0.2, True), (0.97, True), (0.93, False)),
)


def soft_edge(probability, width):
    """Return alpha: 0 and 1 outside a band of this width around one half, a line within it."""
    return np.clip((probability - 0.5) / width + 0.5, 0, 1)


SOFT_EDGE = Exercise(
    name="soft_edge",
    hint="A line through (0.5, 0.5) that climbs by 1 over the width, cut off at 0 and 1.",
    why="Narrow it is a cut with scissors, wide it is fog; a look chooses, and one line does it.",
    solution=soft_edge,
    mistakes={
        "You cut hard at one half: within the band alpha has to climb and not to jump.": (
            lambda probability, width: np.float64(probability > 0.5)
        ),
        "Outside the band the line goes on, below 0 and above 1. An alpha of 1.5 makes colours "
        "that do not exist: clip it.": lambda probability, width: (probability - 0.5) / width + 0.5,
        "Your band begins at one half. It has to lie around it, or the subject shrinks: at a "
        "probability of 0.5 alpha is 0.5.": (
            lambda probability, width: np.clip((probability - 0.5) / width, 0, 1)
        ),
        "You returned the probability. The width says how much of it counts as edge.": (
            lambda probability, width: probability
        ),
        "Your band is twice as wide as asked: it reaches half its width to either side.": (
            lambda probability, width: np.clip((probability - 0.5) / (2 * width) + 0.5, 0, 1)
        ),
    },
    examples=(
        (np.array([0.1, 0.6, 0.9]), 0.4),
        (np.array([0.0, 0.35, 0.45, 0.6, 1.0]), 0.4),
        (np.array([[0.2, 0.48], [0.55, 0.7]]), 0.2),
    ),
)


def ground_mean(values, alpha):
    """Return the mean of a neighbourhood's values in which the subject, by alpha, has no say."""
    return np.sum((1 - alpha) * values) / np.sum(1 - alpha)


GROUND_MEAN = Exercise(
    name="ground_mean",
    hint="Weigh each value by 1 - alpha. What must a weighted sum be divided by?",
    why="The blur beside a cat is made of what lies behind it: no halo.",
    solution=ground_mean,
    mistakes={
        "All have the same say, so the cat's colour leaks into the blur: that is the halo.": (
            lambda values, alpha: np.mean(values)
        ),
        "You left out what is cat for more than a half, and let the rest count in full. A pixel "
        "that is a quarter cat has three quarters of a say: weigh by 1 - alpha.": (
            lambda values, alpha: np.mean(values[alpha < 0.5])
        ),
        "You took only pixels without any cat. At a soft edge there may be none: weigh each value "
        "by 1 - alpha.": lambda values, alpha: np.mean(values[alpha == 0]),
        "Brackets are missing: 1 - alpha * value is not (1 - alpha) * value.": (
            lambda values, alpha: np.sum(1 - alpha * values) / np.sum(1 - alpha)
        ),
        "You have the mean of the cat. Alpha is its share; the ground's is 1 - alpha.": (
            lambda values, alpha: np.sum(alpha * values) / np.sum(alpha)
        ),
        "The weights are right, but you divided by the number of values. Where half of them is "
        "cat, the ground comes out half as bright: divide by the weights' sum.": (
            lambda values, alpha: np.mean((1 - alpha) * values)
        ),
        "You summed and did not divide. A mean lies between its values.": (
            lambda values, alpha: np.sum((1 - alpha) * values)
        ),
    },
    examples=(
        (np.array([10.0, 20.0, 200.0, 240.0]), np.array([0.0, 0.0, 1.0, 1.0])),
        (np.array([100.0, 50.0, 30.0]), np.array([0.25, 0.5, 0.75])),
        (np.array([60.0, 90.0, 30.0, 200.0]), np.array([0.0, 0.0, 0.0, 0.5])),
    ),
)

EXERCISES = (TIMES_RIGHT, SOFT_EDGE, GROUND_MEAN)

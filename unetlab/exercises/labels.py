"""The exercises of notebook 07: void pixels, doubt, agreement."""

from functools import partial

import numpy as np

from unetlab.exercises.exercise import Exercise


def share_right(mask, predicted_mask):
    """Return the share of pixels that are right, of those that are not void (255)."""
    said = mask != 255
    return np.mean(mask[said] == predicted_mask[said])


SHARE_RIGHT = Exercise(
    name="share_right",
    hint="Keep only the pixels whose mask is not 255, in both arrays.",
    why="What nobody could decide must count neither for the network nor against it.",
    solution=share_right,
    mistakes={
        "Void pixels count as wrong, as no prediction is ever 255. Leave them out.": (
            lambda mask, predicted: np.mean(mask == predicted)
        ),
        "Void pixels count as right, whatever is predicted there. Leave them out below the line "
        "as well.": lambda mask, predicted: np.mean((mask == predicted) | (mask == 255)),
        "You took void for background. Then whoever calls such a pixel subject is wrong, and "
        "that is what nobody knows.": (
            lambda mask, predicted: np.mean(np.where(mask == 255, 0, mask) == predicted)
        ),
        "That is the share of the wrong ones.": (
            lambda mask, predicted: 1 - share_right(mask, predicted)
        ),
    },
    examples=(
        (np.uint8([[1, 0, 255]]), np.uint8([[1, 1, 0]])),
        (np.uint8([[1, 1, 255, 255], [0, 0, 0, 255]]), np.uint8([[1, 0, 1, 0], [0, 0, 0, 1]])),
        (np.uint8([[0, 255], [1, 1]]), np.uint8([[0, 1], [1, 1]])),
    ),
)


def mean_entropy(probability):
    """Return the mean of -p ln p - (1 - p) ln(1 - p) over the pixels; for 0 and 1 that is 0."""
    p = np.clip(np.stack([probability, 1 - probability]), 1e-12, 1)
    return np.mean(np.sum(-p * np.log(p), axis=0))


def _bare_entropy(probability):
    other = 1 - probability
    return np.mean(-probability * np.log(probability) - other * np.log(other))


MEAN_ENTROPY = Exercise(
    name="mean_entropy",
    hint="0 times an infinite logarithm is nan: keep p a hair away from 0 and 1.",
    why="One number says how much the network would like to be told about this photo.",
    solution=mean_entropy,
    mistakes={
        "Right between 0 and 1, but at 0 or 1 itself the logarithm is infinite, and 0 times that "
        "is nan. A certain pixel has no entropy: keep p a hair away from both ends.": _bare_entropy,
        "You counted one side. Being unsure of the subject is being unsure of the ground: "
        "(1 - p) ln(1 - p) belongs to it.": (
            lambda probability: np.mean(-probability * np.log(np.clip(probability, 1e-12, 1)))
        ),
        "Those are bits, a coin has 1 of them. The notebook's figures are in nats: `np.log`.": (
            lambda probability: mean_entropy(probability) / np.log(2)
        ),
        "You summed over the pixels. A large photo would be doubtful by its size alone: take the "
        "mean.": lambda probability: mean_entropy(probability) * np.size(probability),
        "The sign is wrong: a logarithm of what is below 1 is negative, entropy is not.": (
            lambda probability: -mean_entropy(probability)
        ),
    },
    examples=(
        (np.array([0.5, 0.9]),),
        (np.array([0.0, 1.0, 0.5, 0.7]),),
        (np.array([[0.2, 0.4], [0.99, 0.6]]),),
    ),
)


def kappa_of_ids(first, second):
    """Return Cohen's kappa of two labellings with class ids, two classes or more."""
    ids = np.union1d(first, second)
    by_chance = sum(np.mean(first == i) * np.mean(second == i) for i in ids)
    return (np.mean(first == second) - by_chance) / (1 - by_chance)


def _kappa_by(chance, first, second):
    """Let `chance` say what is agreed by it, told both people's shares of each class."""
    shares = [np.array([np.mean(ids == i) for i in range(4)]) for ids in (first, second)]
    by_chance = chance(*shares)
    return (np.mean(first == second) - by_chance) / (1 - by_chance)


KAPPA_OF_IDS = Exercise(
    name="kappa_of_ids",
    hint="By chance: for each id its share with the one times its share with the other, summed.",
    why="Where most is background two people agree by chance, and kappa is not impressed.",
    solution=kappa_of_ids,
    mistakes={
        "That is the agreement alone. Two people who call everything background agree as well: "
        "take off what chance would give.": lambda first, second: np.mean(first == second),
        "You took all classes for equally common. By chance they agree on a class as often as "
        "both name it: the product of their two shares.": (
            partial(_kappa_by, lambda one, other: 1 / np.sum((one > 0) | (other > 0)))
        ),
        "You took off what chance gives, but a perfect agreement has to come out as 1: divide by "
        "1 - by chance.": lambda first, second: (
            np.mean(first == second)
            - sum(np.mean(first == i) * np.mean(second == i) for i in np.union1d(first, second))
        ),
        "You took the mean of the ids for a share, as one may with 0 and 1. With more classes it "
        "is none: count how often each id stands there.": lambda first, second: _kappa_by(
            lambda *_: (
                np.mean(first) * np.mean(second) + (1 - np.mean(first)) * (1 - np.mean(second))
            ),
            first,
            second,
        ),
        "You counted class 1 and everything else, as the notebook's two classes allow. Here there "
        "may be more: sum over all ids.": (
            partial(_kappa_by, lambda one, other: one[1] * other[1] + (1 - one[1]) * (1 - other[1]))
        ),
    },
    examples=(
        (np.uint8([1, 1, 0, 0]), np.uint8([1, 0, 0, 0])),
        (np.uint8([0, 0, 1, 2, 2, 2]), np.uint8([0, 1, 1, 2, 2, 2])),
        (np.uint8([[0, 1], [2, 3]]), np.uint8([[0, 1], [2, 2]])),
    ),
)

EXERCISES = (SHARE_RIGHT, MEAN_ENTROPY, KAPPA_OF_IDS)

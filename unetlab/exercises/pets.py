"""The exercises of notebook 01: what accuracy hides, pairs that stay together, IoU."""

from functools import partial

import numpy as np

from unetlab.exercises.exercise import Exercise

FIRST = np.uint8([[1, 1, 0], [0, 0, 0]])
SECOND = np.uint8([[1, 0, 1], [0, 0, 0]])
MANY = np.uint8([[1, 1, 1, 0], [1, 1, 0, 0], [0, 0, 0, 0]])
FEW = np.uint8([[0, 0, 1, 0], [0, 0, 0, 0], [0, 0, 0, 0]])
NOTHING, HALF = np.uint8([[0, 0]]), np.uint8([[0, 1]])
DRAWS = 200


def lazy_accuracy(counts):
    """Return the accuracy of a network that calls every pixel by the commonest class."""
    return max(counts) / sum(counts)


LAZY_ACCURACY = Exercise(
    name="lazy_accuracy",
    hint="It says one class everywhere, so it is right on that class's pixels alone.",
    why="A network has to beat this share before its accuracy says anything at all.",
    solution=lazy_accuracy,
    mistakes={
        "That is a number of pixels. Accuracy is a share: divide by the number of all pixels.": max,
        "You took the first class, but the commonest one may stand anywhere in the list.": (
            lambda counts: counts[0] / sum(counts)
        ),
        "You gave each class the same share. The lazy network does not guess, it always says the "
        "commonest class, and is right on all of that class's pixels.": (
            lambda counts: 1 / len(counts)
        ),
        "That is in percent. A share lies between 0 and 1.": (
            lambda counts: 100 * max(counts) / sum(counts)
        ),
    },
    examples=(([60, 30, 10],), ([10, 30],), ([5, 1, 5, 5],)),
)


def flip_pair(image, mask, generator):
    """Mirror image and mask left to right in half of the draws, and both or neither."""
    if generator.random() < 0.5:
        return image[:, ::-1], mask[:, ::-1]
    return image, mask


def _two_draws(image, mask, generator):
    if generator.random() < 0.5:
        image = image[:, ::-1]
    if generator.random() < 0.5:
        mask = mask[:, ::-1]
    return image, mask


def _moves_in_many_draws(answer, image, mask):
    """List what happens to the pair over many draws, each once and in words."""
    seen = []
    for seed in range(DRAWS):
        pair = answer(image.copy(), mask.copy(), np.random.default_rng(seed))
        if not isinstance(pair, tuple | list) or len(pair) != 2:
            return ["no pair of image and mask"]
        moves = [_name_move(*parts) for parts in zip(pair, (image, mask), strict=True)]
        alike = moves[0] == moves[1]
        seen.append(f"both {moves[0]}" if alike else f"image {moves[0]}, mask {moves[1]}")
    # One of two equal chances comes out in fewer draws than this once in thousands of tries.
    seldom = {move for move in seen if seen.count(move) < 0.35 * DRAWS}
    return sorted({f"{move}, seldom" if move in seldom else move for move in seen})


def _name_move(moved, part):
    moves = {"untouched": part, "mirrored": part[:, ::-1], "upside down": part[::-1]}
    found = [name for name, other in moves.items() if np.array_equal(moved, other)]
    return found[0] if found else "changed in another way"


FLIP_PAIR = Exercise(
    name="flip_pair",
    hint="Draw once, before anything is mirrored, and ask that one number about both.",
    why="One draw moves both, so no draw can ever part them.",
    solution=flip_pair,
    given=_two_draws,
    observe=_moves_in_many_draws,
    mistakes={
        "Only the image is mirrored now: in half of the draws the mask lies on the wrong side.": (
            lambda image, mask, generator: (
                image[:, ::-1] if generator.random() < 0.5 else image,
                mask,
            )
        ),
        "Only the mask is mirrored now: in half of the draws it lies on the wrong side.": (
            lambda image, mask, generator: (
                image,
                mask[:, ::-1] if generator.random() < 0.5 else mask,
            )
        ),
        "There is no draw left: every pair is mirrored, and the network never sees a photo as it "
        "is.": lambda image, mask, generator: (image[:, ::-1], mask[:, ::-1]),
        "Nothing is mirrored any more. They do stay together, but nothing is gained.": (
            lambda image, mask, generator: (image, mask)
        ),
        "You mirror in few of the draws. Half of them are asked: `generator.random() < 0.5`.": (
            lambda image, mask, generator: (
                (image[:, ::-1], mask[:, ::-1]) if generator.random() < 0.1 else (image, mask)
            )
        ),
        "You reversed the last axis, and that is the colours: red has become blue. Height, width, "
        "channels: the width is the second axis.": lambda image, mask, generator: (
            (image[..., ::-1], mask[..., ::-1]) if generator.random() < 0.5 else (image, mask)
        ),
        "You turned them upside down. The first axis is the height; left and right lie along the "
        "second one.": lambda image, mask, generator: (
            (image[::-1], mask[::-1]) if generator.random() < 0.5 else (image, mask)
        ),
    },
    examples=(
        (np.uint8([[[9, 5, 1], [20, 30, 40]]]), np.uint8([[[0], [1]]])),
        (np.arange(12, dtype=np.uint8).reshape(2, 2, 3), np.uint8([[[0], [1]], [[1], [2]]])),
    ),
)


def iou(mask, predicted_mask):
    """Return the IoU of two masks of 0 and 1; two empty masks agree, which is 1."""
    both = np.sum((mask == 1) & (predicted_mask == 1))
    either = np.sum((mask == 1) | (predicted_mask == 1))
    return both / either if either else 1.0


def _overlap_over(whole, mask, predicted_mask):
    below = whole(mask, predicted_mask)
    return np.sum(mask * predicted_mask) / below if below else 1.0


IOU = Exercise(
    name="iou",
    hint="Count the pixels that both have, and those that at least one has. If that is none?",
    why="It counts a missed pixel and a false one alike, and no large background can flatter it.",
    solution=iou,
    mistakes={
        "You divided by the sum of both masks: that is half of Dice. IoU divides by the union, "
        "where the overlap counts once.": (
            partial(_overlap_over, lambda mask, predicted: mask.sum() + predicted.sum())
        ),
        "That is Dice: twice the overlap over the sum of both. It ranks alike, but is higher; IoU "
        "is the overlap once, over the union.": (
            partial(_overlap_over, lambda mask, predicted: (mask.sum() + predicted.sum()) / 2)
        ),
        "That is accuracy: you counted the background where both say 0 as well. IoU asks about "
        "the pixels that at least one of them calls 1.": (
            lambda mask, predicted: np.mean(mask == predicted)
        ),
        "You divided by the true mask: that is the share of it that was found. A prediction that "
        "is 1 everywhere would get full marks.": (
            partial(_overlap_over, lambda mask, predicted: mask.sum())
        ),
        "You divided by the prediction: that is the share of it that is right. One lucky pixel "
        "would get full marks.": (partial(_overlap_over, lambda mask, predicted: predicted.sum())),
        "Right but for an empty mask: you give 1 whatever is predicted there. Only two empty masks "
        "agree; what is found where nothing is gets 0.": (
            lambda mask, predicted: iou(mask, predicted) if mask.any() else 1.0
        ),
        "Right but for two empty masks, which get 0 here. Nothing there and nothing found is "
        "agreement: 1.": lambda mask, predicted: (
            iou(mask, predicted) if mask.any() or predicted.any() else 0.0
        ),
        "Right wherever there is something, but for two empty masks you divide 0 by 0. Nothing "
        "there and nothing found is agreement: 1.": (
            lambda mask, predicted: np.sum(mask * predicted) / np.sum(mask | predicted)
        ),
    },
    examples=(
        (FIRST, SECOND),
        (MANY, FEW),
        (FEW, MANY),
        (MANY, MANY),
        (NOTHING, NOTHING),
        (NOTHING, HALF),
        (HALF, NOTHING),
    ),
)


EXERCISES = (LAZY_ACCURACY, FLIP_PAIR, IOU)

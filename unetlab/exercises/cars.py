"""The exercises of notebook 02: splits by car, corners, patience, a threshold, run lengths."""

from functools import partial

import numpy as np

from unetlab.exercises.exercise import Exercise


def split_by_car(names, test_cars):
    """Return the names for training and for testing; a car's photos are named CAR_VIEW."""
    test = [name for name in names if name.rpartition("_")[0] in test_cars]
    return [name for name in names if name not in test], test


def _split_by(is_test, names, cars):
    test = [name for name in names if is_test(name, cars)]
    return [name for name in names if name not in test], test


SPLIT_BY_CAR = Exercise(
    name="split_by_car",
    hint='Cut the view off each name, `name.rpartition("_")[0]`, and compare the rest whole.',
    why="A test photo of a known car would measure memory and not skill.",
    solution=split_by_car,
    mistakes={
        "The two lists are the wrong way round: training comes first, then testing.": (
            lambda names, cars: split_by_car(names, cars)[::-1]
        ),
        "Nothing was taken out of the training list, so each test photo is trained on as well.": (
            lambda names, cars: (names, split_by_car(names, cars)[1])
        ),
        "You asked whether a name begins with a test car's. But car10_01 begins with car1, too: "
        "cut the view off, and compare the whole name of the car.": (
            partial(_split_by, lambda name, cars: name.startswith(tuple(cars)))
        ),
        "You asked whether a test car's name occurs anywhere in the name, and car1 occurs in "
        "car10_01. Cut the view off, and compare the whole name of the car.": (
            partial(_split_by, lambda name, cars: any(car in name for car in cars))
        ),
        "You cut the name at its first underscore. A car's own name may hold one; the view is "
        "what stands after the last.": (
            partial(_split_by, lambda name, cars: name.split("_")[0] in cars)
        ),
    },
    examples=(
        (["car1_01", "car1_02", "car10_01", "car2_01"], ["car1"]),
        (["red_mini_01", "red_van_01", "van_01", "van_02"], ["red_mini", "van"]),
    ),
)


def corner_zoom(width, height, degrees):
    """Return the zoom that hides a turned photo's corners; it is at least as wide as high."""
    angle = np.radians(degrees)
    return np.cos(angle) + width / height * np.sin(angle)


CORNER_ZOOM = Exercise(
    name="corner_zoom",
    hint="It is cos a + (w / h) sin a, with the angle in radians.",
    why="Without it the network would learn that cars come with black triangles.",
    solution=corner_zoom,
    mistakes={
        "NumPy's cos and sin count in radians, and you handed them degrees. `np.radians` turns "
        "the one into the other.": (
            lambda width, height, degrees: np.cos(degrees) + width / height * np.sin(degrees)
        ),
        "You divided the height by the width. The longer side goes above the line: a wide photo "
        "has to be zoomed more than a square.": (
            lambda width, height, degrees: corner_zoom(height, width, degrees)
        ),
        "That is right for a square. For a wide photo the sine counts w / h times.": (
            lambda width, height, degrees: corner_zoom(1, 1, degrees)
        ),
        "You swapped cosine and sine: without a turn the zoom has to be 1.": (
            lambda width, height, degrees: (
                np.sin(np.radians(degrees)) + width / height * np.cos(np.radians(degrees))
            )
        ),
    },
    examples=((3, 2, 30), (3, 2, 0), (1918, 1280, 20), (400, 400, 45)),
)


def epochs_run(scores, patience):
    """Return how many epochs run before the best score has stood for so many epochs."""
    best, waited = float("-inf"), 0
    for epoch, score in enumerate(scores, start=1):
        best, waited = (score, 0) if score > best else (best, waited + 1)
        if waited == patience:
            return epoch
    return len(scores)


def _compare_with_the_last(scores, patience):
    waited = 0
    for epoch in range(2, len(scores) + 1):
        waited = 0 if scores[epoch - 1] > scores[epoch - 2] else waited + 1
        if waited == patience:
            return epoch
    return len(scores)


def _wait_in_all(scores, patience):
    waits = [i for i in range(1, len(scores)) if scores[i] <= max(scores[:i])]
    return waits[patience - 1] + 1 if len(waits) >= patience else len(scores)


EPOCHS_RUN = Exercise(
    name="epochs_run",
    hint="Keep the best score so far, and how many epochs have passed since.",
    why="Patience spends epochs on the hope of a gain, and now you know how many.",
    solution=epochs_run,
    mistakes={
        "You compared each score with the one before it. A slow climb out of a dip then counts as "
        "a gain; what has to be beaten is the best so far.": _compare_with_the_last,
        "You counted all epochs without a gain. A gain starts the count anew: only those since "
        "the best one use up the patience.": _wait_in_all,
        "You stop an epoch too late: with a patience of 2, the second epoch without a gain is the "
        "last.": lambda scores, patience: epochs_run(scores, patience + 1),
        "That is the epoch whose weights are restored. The training itself went on for as long as "
        "the patience lasted.": (
            lambda scores, patience: int(np.argmax(scores[: epochs_run(scores, patience)])) + 1
        ),
        "You took an equal score for a gain. The best so far has to be beaten.": (
            lambda scores, patience: epochs_run(
                [score + epoch / 1e9 for epoch, score in enumerate(scores)], patience
            )
        ),
        "You took a lower score for a better one. That is right for a loss; Dice wants to be "
        "high.": lambda scores, patience: epochs_run([-score for score in scores], patience),
    },
    examples=(
        ([0.5, 0.6, 0.7], 2),
        ([0.9, 0.8, 0.7, 0.6], 2),
        ([0.5, 0.7, 0.6, 0.65, 0.8], 2),
        ([0.5, 0.4, 0.6, 0.5, 0.7, 0.6, 0.6], 2),
        ([0.5, 0.7, 0.6, 0.7, 0.6, 0.5, 0.6], 3),
    ),
)


def best_threshold(scores, thresholds):
    """Return the threshold whose mean score is highest; scores are [photos, thresholds]."""
    return thresholds[np.mean(scores, axis=0).argmax()]


BEST_THRESHOLD = Exercise(
    name="best_threshold",
    hint="Average over the photos, axis 0. The best mean's place is the threshold's place.",
    why="One threshold has to serve all photos, so their mean chooses it, on validation data.",
    solution=best_threshold,
    mistakes={
        "That is the place of the threshold in the list. What is asked is the threshold there.": (
            lambda scores, thresholds: np.mean(scores, axis=0).argmax()
        ),
        "That is the score that the best threshold reaches, and not the threshold.": (
            lambda scores, thresholds: np.mean(scores, axis=0).max()
        ),
        "You let each photo choose and averaged their choices. Two photos that want 0.2 and 0.8 "
        "may both be bad at 0.5: average the scores first, then choose.": (
            lambda scores, thresholds: np.mean(thresholds[np.argmax(scores, axis=1)])
        ),
        "You averaged each photo's scores: the axis is wrong. Average over the photos, axis 0, so "
        "that each threshold keeps a score.": (
            lambda scores, thresholds: thresholds[np.mean(scores, axis=1).argmax()]
        ),
        "You took the median over the photos. A threshold that fails on a few photos then looks "
        "fine: asked is the mean.": (
            lambda scores, thresholds: thresholds[np.median(scores, axis=0).argmax()]
        ),
        "You let each photo choose and took the middle choice. How much a photo loses by another "
        "threshold is not asked then: average the scores first, then choose.": (
            lambda scores, thresholds: np.median(thresholds[np.argmax(scores, axis=1)])
        ),
        "You took the threshold that most photos like best. How much the others lose by it is not "
        "asked then: average the scores first, then choose.": (
            lambda scores, thresholds: thresholds[np.bincount(np.argmax(scores, axis=1)).argmax()]
        ),
        "You took the highest single score, so one lucky photo decided for all.": (
            lambda scores, thresholds: thresholds[np.max(scores, axis=0).argmax()]
        ),
        "One half is the habit, whatever the scores say. Let them choose.": (
            lambda scores, thresholds: 0.5
        ),
    },
    examples=(
        (np.array([[0.5, 0.9, 0.8], [0.95, 0.7, 0.1]]), np.array([0.2, 0.4, 0.6])),
        (np.array([[0.9, 0.8, 0.7], [0.2, 0.8, 0.9], [0.6, 0.7, 0.9]]), np.array([0.3, 0.5, 0.7])),
        (
            np.array([[4, 6, 5, 4, 6], [7, 6, 4, 6, 6], [3, 3, 5, 6, 6], [4, 6, 10, 4, 8]]) / 10,
            np.array([0.1, 0.3, 0.5, 0.7, 0.9]),
        ),
        (
            np.array([[0, 1, 7, 6, 6], [4, 10, 10, 7, 7], [7, 4, 1, 7, 5], [3, 5, 9, 9, 4]]) / 10,
            np.array([0.1, 0.3, 0.5, 0.7, 0.9]),
        ),
    ),
)


def read_runs(text, height, width):
    """Return the mask [height, width] of a text "start length start length ..."."""
    mask = np.zeros(height * width, "uint8")
    numbers = [int(word) for word in text.split()]
    for start, length in zip(numbers[::2], numbers[1::2], strict=True):
        mask[start - 1 : start - 1 + length] = 1
    return mask.reshape(height, width)


def _paint_runs(place, text, height, width):
    mask = np.zeros(height * width, "uint8")
    numbers = [int(word) for word in text.split()]
    for start, second in zip(numbers[::2], numbers[1::2], strict=True):
        mask[place(start, second)] = 1
    return mask.reshape(height, width)


READ_RUNS = Exercise(
    name="read_runs",
    hint="Begin with one long row of zeros; reshape it when all runs are painted.",
    why="Whoever can read a submission back need not trust whoever wrote it.",
    solution=read_runs,
    mistakes={
        "Your mask is one pixel late. Run lengths count from 1 and arrays from 0: take one off "
        "the start.": partial(_paint_runs, lambda start, length: slice(start, start + length)),
        "You took each second number for the run's end. It is its length.": (
            partial(_paint_runs, lambda start, end: slice(start - 1, end))
        ),
        "You filled columns from top to bottom. Carvana's runs go along the rows.": (
            lambda text, height, width: read_runs(text, width, height).T
        ),
        "You swapped height and width in the shape.": (
            lambda text, height, width: read_runs(text, width, height)
        ),
        "The pixels are right and still stand in one long row: `reshape` them to a mask.": (
            lambda text, height, width: read_runs(text, height, width).ravel()
        ),
    },
    examples=(("2 3", 2, 3), ("1 2 6 4 12 1", 3, 4), ("", 2, 3)),
)

EXERCISES = (SPLIT_BY_CAR, CORNER_ZOOM, EPOCHS_RUN, BEST_THRESHOLD, READ_RUNS)

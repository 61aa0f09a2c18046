"""The exercises of notebook 02: splits by car, a threshold, run lengths."""

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
        "You took the highest single score, so one lucky photo decided for all.": (
            lambda scores, thresholds: thresholds[np.max(scores, axis=0).argmax()]
        ),
        "One half is the habit, whatever the scores say. Let them choose.": (
            lambda scores, thresholds: 0.5
        ),
    },
    examples=(
        (np.array([[0.5, 0.9, 0.8], [0.95, 0.7, 0.1]]), np.array([0.2, 0.4, 0.6])),
        # Neither the median nor most photos choose as the mean does.
        (np.array([[0.4, 0.3, 0.5], [0.4, 0.2, 0.5], [0.7, 0.4, 0.3]]), np.array([0.3, 0.5, 0.7])),
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

EXERCISES = (SPLIT_BY_CAR, BEST_THRESHOLD, READ_RUNS)

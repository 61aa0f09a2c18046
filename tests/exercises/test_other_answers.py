"""Answers as learners write them: right in another way, or wrong in a way that is known."""

import math

import numpy as np
import pytest
import tensorflow as tf
from scipy.special import entr
from sklearn.metrics import cohen_kappa_score
from sklearn.model_selection import GroupKFold

from unetlab.exercises import check_answer


def read_in_rows(text, height, width):
    rows = [[0] * width for _ in range(height)]
    words = [int(word) for word in text.split()]
    for start, length in zip(words[::2], words[1::2], strict=True):
        for pixel in range(start - 1, start - 1 + length):
            rows[pixel // width][pixel % width] = 1
    return np.array(rows)[..., None]


RIGHT = {
    "lazy_accuracy": lambda counts: float((np.array(counts) / np.sum(counts)).max()),
    "flip_pair": lambda image, mask, generator: [
        [tf.image.flip_left_right(image), np.fliplr(mask)],
        [image, mask],
    ][int(generator.integers(2))],
    "iou": lambda a, b: (a & b).sum() / (a | b).sum() if (a | b).any() else 1,
    "split_by_car": lambda names, cars: (
        [name for name in names if name[:-3] not in cars],
        [name for name in names if name[:-3] in cars],
    ),
    "best_threshold": lambda scores, thresholds: max(
        zip(scores.sum(axis=0), thresholds, strict=True)
    )[1],
    "read_runs": read_in_rows,
    "pair_files": lambda photos, masks: [
        [p, m] for p in photos for m in masks if p.rsplit(".", 1)[0] == m[:-4]
    ],
    "folds_by_chair": lambda chairs, count: [*GroupKFold(count).split(chairs, groups=chairs)],
    "own_colour": lambda pixel, wall, alpha: wall + (pixel - wall) / alpha,
    "times_right": lambda p, is_cat: sum((p > 0.5 + 0.05 * i) == is_cat for i in range(10)),
    "soft_edge": lambda p, width: np.interp(p, [0.5 - width / 2, 0.5 + width / 2], [0, 1]),
    "ground_mean": lambda values, alpha: np.average(values, weights=1 - alpha),
    "for_mobilenet": lambda image: (image.astype("float32") - 127.5) / 127.5,
    "normalise": lambda x, mean, var, training: (
        (x - x.mean()) / x.std() if training else (x - mean) / var**0.5
    ),
    "fold_bias": lambda k, b, gamma, beta, mean, var: [
        gamma * k / var**0.5,
        gamma * b / var**0.5 + beta - gamma * mean / var**0.5,
    ],
    "rate_at": lambda share, highest: highest * math.cos(math.pi * share / 2) ** 2,
    "share_right": lambda mask, found: (
        ((mask == found) & (mask < 255)).sum() / np.count_nonzero(mask < 255)
    ),
    "mean_entropy": lambda p: np.mean(entr(p) + entr(1 - p)),
    "kappa_of_ids": lambda first, second: cohen_kappa_score(np.ravel(first), np.ravel(second)),
}


@pytest.mark.parametrize("name", RIGHT)
def test_right_in_another_way_is_right(name):
    assert check_answer(name, RIGHT[name]).outcome == "right", check_answer(name, RIGHT[name])


@pytest.mark.parametrize(
    "name, answer, words",
    [
        ("flip_pair", lambda i, m, g: (i[..., ::-1], m) if g.random() < 0.5 else (i, m), "another"),
        (
            "flip_pair",
            lambda i, m, g: (i[:, ::-1], m[:, ::-1]) if g.random() < 0.05 else (i, m),
            "few of the draws",
        ),
        ("best_threshold", lambda s, t: t[s.mean(1).argmax()], "the axis is wrong"),
        ("iou", lambda a, b: 1 if not a.any() else (a & b).sum() / (a | b).sum(), "empty mask"),
        ("ground_mean", lambda v, a: v[a < 0.5].mean(), "count in full"),
        ("ground_mean", lambda v, a: sum(v) / len(v), "halo"),
    ],
)
def test_wrong_in_the_commonest_ways_gets_its_own_words(name, answer, words):
    verdict = check_answer(name, answer)
    assert verdict.outcome == "wrong" and words in verdict.words

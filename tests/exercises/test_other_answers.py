"""Answers as learners write them: right in another way, or wrong in a way that is known."""

import math
import random
import statistics

import numpy as np
import pytest
import tensorflow as tf

from unetlab.exercises import EXERCISES, check_answer


def split_in_a_loop(names, test_cars):
    parts = {True: [], False: []}
    for name in names:
        parts["_".join(name.split("_")[:-1]) in test_cars].append(name)
    return parts[False], parts[True]


def stop_by_index(scores, patience):
    for epoch in range(len(scores)):
        if epoch - scores.index(max(scores[: epoch + 1])) >= patience:
            return epoch + 1
    return len(scores)


def read_in_rows(text, height, width):
    rows = [[0] * width for _ in range(height)]
    words = text.split()
    for place in range(0, len(words), 2):
        for pixel in range(int(words[place]) - 1, int(words[place]) - 1 + int(words[place + 1])):
            rows[pixel // width][pixel % width] = 1
    return np.array(rows)[..., None]


def pair_in_loops(photos, masks):
    return [
        [photo, mask]
        for photo in photos
        for mask in masks
        if photo.rsplit(".", 1)[0] == mask.rsplit(".", 1)[0]
    ]


def folds_in_any_order(chairs, count):
    names = sorted(set(chairs))
    random.Random(1).shuffle(names)
    parts = [np.flatnonzero(np.isin(chairs, part)) for part in np.array_split(names, count)]
    return [(np.setdiff1d(np.arange(len(chairs)), part), part) for part in parts]


def count_in_a_loop(probability, is_cat):
    right = 0
    for step in range(10):
        right += (probability > 0.5 + 0.05 * step) == is_cat
    return right


def by_branches(probability, width):
    low, high = 0.5 - width / 2, 0.5 + width / 2
    line = (probability - low) / (high - low)
    return np.where(probability < low, 0, np.where(probability > high, 1, line))


def shuffle_both(image, mask, generator):
    moves = [tf.identity, tf.image.flip_left_right]
    move = moves[int(generator.integers(2))]
    return [move(image), move(mask)]


def entropy_where_sure(probability):
    total = 0
    for p in np.ravel(probability).tolist():
        if 0 < p < 1:
            total -= p * math.log(p) + (1 - p) * math.log(1 - p)
    return total / np.size(probability)


def kappa_by_table(first, second):
    table = np.zeros([4, 4])
    np.add.at(table, (np.ravel(first), np.ravel(second)), 1 / np.size(first))
    chance = table.sum(axis=0) @ table.sum(axis=1)
    return (np.trace(table) - chance) / (1 - chance)


def kappa_of_one(first, second):
    share, other = np.mean(first == 1), np.mean(second == 1)
    chance = share * other + (1 - share) * (1 - other)
    return (np.mean(first == second) - chance) / (1 - chance)


RIGHT = {
    "lazy_accuracy": lambda counts: float((np.array(counts) / np.sum(counts)).max()),
    "halve_mask": lambda mask: np.array([row[::2] for row in mask.tolist()[::2]])[..., None],
    "flip_pair": shuffle_both,
    "decoder_sizes": lambda size, taps: [size // 2**taps * 2**step for step in range(taps + 1)],
    "iou": lambda a, b: (a & b).sum() / (a | b).sum() if (a | b).any() else 1,
    "class_iou": lambda m, i: (
        m[i, i] / (m[i, i] + np.delete(m[i], i).sum() + np.delete(m[:, i], i).sum())
    ),
    "split_by_car": split_in_a_loop,
    "corner_zoom": lambda w, h, a: (
        (h * math.cos(math.radians(a)) + w * math.sin(a / 180 * math.pi)) / h
    ),
    "epochs_run": stop_by_index,
    "best_threshold": lambda scores, thresholds: max(
        zip(scores.sum(axis=0), thresholds, strict=True)
    )[1],
    "read_runs": read_in_rows,
    "pair_files": pair_in_loops,
    "folds_by_chair": folds_in_any_order,
    "spread": statistics.stdev,
    "own_colour": lambda pixel, wall, alpha: wall + (pixel - wall) / alpha,
    "lay_on": lambda cut_out, colour: (
        colour + (cut_out[..., :3] - np.array(colour, float)) * (cut_out[..., 3:] / 255)
    ).astype("uint8"),
    "grey_to_mask": lambda grey: (grey >= 128)[..., None],
    "times_right": count_in_a_loop,
    "soft_edge": by_branches,
    "ground_mean": lambda values, alpha: np.average(values, weights=1 - alpha),
    "conv_parameters": lambda k, n, m: m * (n * k**2 + 1),
    "for_mobilenet": lambda image: (image.astype("float32") - 127.5) / 127.5,
    "normalise": lambda x, mean, var, training: (
        (x - x.mean()) / x.std() if training else (x - mean) / var**0.5
    ),
    "to_eight_bits": lambda x, low, high: np.uint8(
        255 * (np.clip(x, low, high) - low) / (high - low) + 0.5
    ),
    "milliseconds": lambda seconds, images: statistics.median(seconds[1:]) * 1000 / images,
    "fold_bias": lambda k, b, gamma, beta, mean, var: [
        gamma * k / var**0.5,
        gamma * b / var**0.5 + beta - gamma * mean / var**0.5,
    ],
    "multiplications": lambda *sides: math.prod(sides) * sides[2],
    "rate_at": lambda share, highest: highest * math.cos(math.pi * share / 2) ** 2,
    "kept_bytes": lambda shapes, photos: sum(8 * photos * math.prod(shape) for shape in shapes),
    "share_right": lambda mask, found: (
        ((mask == found) & (mask < 255)).sum() / np.count_nonzero(mask < 255)
    ),
    "mean_entropy": entropy_where_sure,
    "next_photo": lambda doubts, labelled: np.argmax(
        [-1 if i in labelled else doubt for i, doubt in enumerate(doubts)]
    ),
    "inherited_share": lambda mask, proposal, label: (
        np.sum((proposal != mask) * (label != mask)) / max(1, np.sum(proposal != mask))
    ),
    "kappa_of_ids": kappa_by_table,
}

# The exercise, what somebody wrote, and words of the hint that helps them.
WRONG = [
    ("lazy_accuracy", lambda counts: 1 - max(counts) / sum(counts), "differs"),
    ("halve_mask", lambda m: m[::2, ::2] / 2 + m[1::2, 1::2] / 2, "differs"),
    ("halve_mask", lambda m: m[::2, ::2].copy() // 2, "differs"),
    ("flip_pair", lambda i, m, g: (i[:, ::-1], m) if g.random() < 0.3 else (i, m), "Only the im"),
    ("flip_pair", lambda i, m, g: (np.fliplr(i), np.fliplr(m)), "no draw left"),
    ("decoder_sizes", lambda size, taps: [size >> i for i in range(taps + 1)], "went down"),
    ("iou", lambda a, b: (a & b).sum() / (a.sum() + b.sum()), "half of Dice"),
    ("iou", lambda a, b: 2 * int((a & b).sum()) / int(a.sum() + b.sum()), "That is Dice"),
    ("iou", lambda a, b: (a * b).sum() / max(1, (a | b).sum()), "gives `0.0`"),
    ("iou", lambda a, b: len(a[a == b]) / a.size, "accuracy"),
    ("class_iou", lambda m, i: m[i][i] / sum(m[i]), "by the row"),
    ("split_by_car", lambda n, cars: ([x for x in n if x[:4] not in cars], []), "differs"),
    ("corner_zoom", lambda w, h, a: math.cos(a) + w / h * math.sin(a), "radians"),
    ("read_runs", lambda t, h, w: read_in_rows(t, w, h)[..., 0].T, "columns"),
    ("pair_files", lambda p, m: list(zip(sorted(p), sorted(m), strict=False)), "missing"),
    (
        "folds_by_chair",
        lambda chairs, count: [
            (np.setdiff1d(np.arange(len(chairs)), part), part)
            for part in np.array_split(np.arange(len(chairs)), count)
        ],
        "dealt out photos",
    ),
    ("spread", statistics.pstdev, "one less"),
    ("lay_on", lambda c, g: np.where(c[..., 3:] > 127, c[..., :3], g), "stairs"),
    ("grey_to_mask", lambda grey: grey.astype(bool), "not black"),
    ("soft_edge", lambda p, width: np.uint8(p >= 0.5), "cut hard"),
    ("for_mobilenet", lambda image: image.astype(float) / 255, "0..1"),
    ("normalise", lambda x, m, v, training: (x - x.mean()) / x.std(), "always divide"),
    ("milliseconds", lambda s, n: 1000 * sum(s[1:]) / len(s[1:]) / n, "mean"),
    ("rate_at", lambda share, highest: highest - share * highest, "straight line"),
    ("mean_entropy", lambda p: -np.mean(p * np.log2(p) + (1 - p) * np.log2(1 - p)), "bits"),
    ("next_photo", lambda doubts, labelled: doubts.index(max(doubts)), "labelled already"),
    ("kappa_of_ids", kappa_of_one, "class 1"),
]


def test_every_exercise_has_another_right_answer_here():
    assert list(RIGHT) == [exercise.name for part in EXERCISES.values() for exercise in part]


@pytest.mark.parametrize("name", RIGHT)
def test_right_in_another_way_is_right(name):
    assert check_answer(name, RIGHT[name]).outcome == "right", check_answer(name, RIGHT[name])


@pytest.mark.parametrize("name, answer, words", WRONG)
def test_wrong_as_somebody_wrote_it_is_recognised(name, answer, words):
    verdict = check_answer(name, answer)
    assert verdict.outcome == "wrong" and words in verdict.words, verdict

"""A look before training finds faults planted in a good set, and nothing in a good set."""

import re
from collections import Counter

import cv2
import numpy as np
import pytest
import tensorflow as tf

from unetlab.data import (
    SegmentationData,
    check_data,
    load_carvana,
    load_cats,
    load_chairs,
    load_pets,
)

COUNT = 48


def as_data(train, test, class_names=("background", "chair")):
    """Make a data set of lists of (name, image, mask)."""

    def examples(part):
        return tf.data.Dataset.from_generator(
            lambda: ((image, mask) for _, image, mask in part),
            output_signature=(
                tf.TensorSpec([None, None, 3], tf.uint8),
                tf.TensorSpec([None, None, 1], tf.uint8),
            ),
        )

    parts = train, test
    names = [tf.data.Dataset.from_tensor_slices([name for name, *_ in part]) for part in parts]
    return SegmentationData(*map(examples, parts), *names, class_names, "a test")


@pytest.fixture(scope="module")
def good():
    """Chairs, drawn: (name, image, mask) of training and of test."""
    data = load_chairs("sample", image_size=128, sample_size=COUNT)
    return [
        [(f"{part}{number}", *example) for number, example in enumerate(examples)]
        for part, examples in (
            ("train", data.train.as_numpy_iterator()),
            ("test", data.test.as_numpy_iterator()),
        )
    ]


def moved(mask, down, right):
    move = np.float32([[1, 0, right], [0, 1, down]])
    return cv2.warpAffine(mask, move, mask.shape[1::-1])[..., None]


def as_jpeg(image):
    return cv2.imdecode(cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, 60])[1], 1)


# Each plants one fault, by name, in the photo of the same name.
MASKS = {
    "one class, empty": lambda mask: mask * 0,
    "one class, full": lambda mask: mask * 0 + 1,
    "one class, void": lambda mask: mask * 0 + 255,
    "ids": lambda mask: mask * 7,
    "ids, from 1": lambda mask: mask + 1,
    "inverted": lambda mask: 1 - mask,
    "shifted, down": lambda mask: moved(mask, 8, 0),
    "shifted, up": lambda mask: moved(mask, -8, 0),
    "shifted, left": lambda mask: moved(mask, 0, -8),
    "shifted, right": lambda mask: moved(mask, 0, 8),
    "shifted, aslant": lambda mask: moved(mask, 7, -7),
    "unrelated, turned left": lambda mask: np.rot90(mask),
    "unrelated, turned right": lambda mask: np.rot90(mask, -1),
}


def planted(good):
    """Faults in a good set, and what should be found: kind and name."""
    train, test = (list(part) for part in good)
    expected = set()
    for number, (fault, change) in enumerate(MASKS.items()):
        _, image, mask = train[number]
        train[number] = fault, image, np.ascontiguousarray(change(mask))
        expected.add((fault.split(",")[0], fault))
    (_, image, mask), (_, other, other_mask), (_, third, third_mask) = train[20:23]
    train += [
        ("twice, as it is", image, mask),
        ("twice, smaller", cv2.resize(other, (80, 80), interpolation=cv2.INTER_AREA),
         cv2.resize(other_mask, (80, 80), interpolation=cv2.INTER_NEAREST)[..., None]),
        ("twice, saved again", as_jpeg(third), third_mask),
        ("blank", image * 0 + 90, train[23][2][:, ::-1]),
    ]  # fmt: skip
    expected |= {("twice", name) for name, *_ in train[-4:-1]} | {("blank", "blank")}
    test.append(("leak", train[26][1], train[26][2]))
    expected |= {("leak", "leak")}
    return as_data(train, test), expected


def found_in(report):
    return {(finding.kind, finding.name) for finding in report.findings}


def test_planted_faults_are_found_and_nothing_else(good):
    data, expected = planted(good)
    report = check_data(data)
    assert found_in(report) == expected
    said = str(report)
    for kind, name in expected:
        sentence = next(part.sentence for part in report.findings if part.name == name)
        assert sentence.endswith((".", "?")), kind
    ways = {part.name: part.sentence for part in report.findings if part.kind == "shifted"}
    assert re.search("moved [5-7]% up and [01]%", ways["shifted, down"])
    assert re.search("moved [01]% (up|down) and [5-7]% right", ways["shifted, left"])
    assert "5 masks probably shifted" in said and f"{COUNT - len(good[1]) + 4} in train" in said


def test_a_mask_that_two_photos_have(good):
    train = [*good[0]]
    train[3] = *train[3][:2], train[2][2]
    kinds = Counter(kind for kind, _ in found_in(check_data(as_data(train, good[1]))))
    assert kinds["copied mask"] == 1


@pytest.mark.parametrize("load", [load_chairs, load_cats, load_carvana])
def test_a_good_drawn_set_is_left_alone(load):
    report = check_data(load("sample", image_size=64, sample_size=40, seed=3))
    assert not report.findings and str(report).endswith("Nothing looks wrong.")


def test_classes_that_a_part_lacks(good):
    train = [(name, image, mask.copy()) for name, image, mask in good[0]]
    train[0][2][60:63, 60:63] = 2
    report = check_data(as_data(train, good[1], ("background", "chair", "stool", "bench")))
    assert found_in(report) == {("lacking", "stool"), ("lacking", "bench")}
    assert "no mask in test holds stool" in str(report)
    assert report.findings[1].sentence.startswith("no mask in train or test holds bench")


# What the real sets are known to hold, seen with one's own eyes: nothing else may be said.
@pytest.mark.parametrize(
    ("load", "size", "kinds", "said"),
    [
        (load_pets, {}, {"one class", "twice", "leak"}, "in train"),
        (load_carvana, {}, {"twice", "leak"}, "in train"),
        (load_chairs, {"image_size": 256}, {"twice", "leak"}, "77 in train, 20 in test"),
        (load_cats, {"image_size": 256}, set(), "41 in train, 20 in test"),
    ],
)
def test_the_real_sets(shared_data, load, size, kinds, said):
    report = check_data(load("real", **size))
    assert {finding.kind for finding in report.findings} <= kinds and said in str(report)

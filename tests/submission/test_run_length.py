"""Run lengths as in Carvana's files, against examples by hand and pycocotools."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from pycocotools import mask as coco

from unetlab.submission.run_length import decode_run_length, encode_run_length

masks = arrays(
    np.uint8, array_shapes(min_dims=2, max_dims=2, max_side=12), elements=st.integers(0, 1)
)


@pytest.mark.parametrize(
    ("rows", "text"),
    [
        ([[0, 0, 0], [0, 0, 0]], ""),
        ([[1, 1, 1], [1, 1, 1]], "1 6"),
        ([[1, 0, 0], [0, 0, 0]], "1 1"),
        ([[0, 0, 0], [0, 0, 1]], "6 1"),
        ([[1, 1, 0], [0, 1, 1]], "1 2 5 2"),
        ([[0, 0, 1], [1, 0, 0]], "3 2"),  # a run goes on in the next row
        ([[0, 1, 0], [0, 1, 0]], "2 1 5 1"),  # in column order it would be "3 2"
        ([[1]], "1 1"),
        ([[0]], ""),
    ],
)
def test_by_hand(rows, text):
    mask = np.array(rows, np.uint8)
    assert encode_run_length(mask) == text
    assert encode_run_length(mask[..., None].astype(bool)) == text
    assert encode_run_length(np.asfortranarray(mask).astype(np.int64)) == text
    decoded = decode_run_length(text, *mask.shape)
    assert decoded.dtype == np.uint8 and decoded.shape == (*mask.shape, 1)
    np.testing.assert_array_equal(decoded[..., 0], mask)


def test_the_first_numbers_of_carvanas_own_masks_are_the_roof_of_a_car():
    text = "879386 40 881253 141 883140 205"  # 00087a6bd4dc_01.jpg in train_masks.csv
    mask = decode_run_length(text, 1280, 1918)[..., 0]
    rows, columns = np.nonzero(mask)
    assert sorted(set(rows)) == [458, 459, 460]
    for row, length in ((458, 40), (459, 141), (460, 205)):
        assert mask[row].sum() == length
        assert abs(columns[rows == row].mean() - (1918 - 1) / 2) < 5
    assert encode_run_length(mask) == text


@given(masks)
@settings(max_examples=300, deadline=None)
def test_there_and_back(mask):
    text = encode_run_length(mask)
    np.testing.assert_array_equal(decode_run_length(text, *mask.shape)[..., 0], mask)


@given(masks)
@settings(max_examples=200, deadline=None)
def test_runs_are_apart_and_as_few_as_can_be(mask):
    numbers = [int(number) for number in encode_run_length(mask).split()]
    pixels = [0, *mask.reshape(-1).tolist(), 0]
    # Python counts the pixels one by one: a run starts wherever a one follows a zero.
    starts = [i for i in range(1, len(pixels)) if pixels[i] and not pixels[i - 1]]
    assert numbers[0::2] == starts
    assert sum(numbers[1::2]) == sum(pixels)


@given(masks)
@settings(max_examples=200, deadline=None)
def test_agrees_with_pycocotools(mask):
    # COCO counts in columns, so it is given the mask on its side; its text packs the counts of
    # zeros and ones in turn, which its own decoder reads.
    height, width = mask.shape
    numbers = np.array(encode_run_length(mask).split(), np.int64).reshape(-1, 2)
    borders = np.stack([numbers[:, 0] - 1, numbers.sum(axis=1) - 1], axis=1).reshape(-1)
    counts = np.diff(borders, prepend=0, append=height * width).tolist()
    packed = coco.frPyObjects({"size": [width, height], "counts": counts}, width, height)
    np.testing.assert_array_equal(coco.decode(packed).T, mask)
    theirs = coco.encode(np.asfortranarray(mask.T))
    assert coco.area(theirs) == numbers[:, 1].sum()
    np.testing.assert_array_equal(
        coco.decode(theirs).T, decode_run_length(encode_run_length(mask), height, width)[..., 0]
    )


def test_runs_that_touch_can_be_read():
    assert decode_run_length(" 1 1\n2 2 ", 1, 4)[0, :, 0].tolist() == [1, 1, 1, 0]


def test_a_mask_without_pixels_is_empty():
    assert encode_run_length(np.zeros([0, 5], np.uint8)) == ""


@pytest.mark.parametrize(
    ("mask", "message"),
    [
        (np.zeros(4, "uint8"), r"uint8 \(4,\), expected \[H, W\] or \[H, W, 1\]: pass one mask"),
        (np.zeros([2, 2, 3], "uint8"), r"uint8 \(2, 2, 3\), expected"),
        (np.zeros([1, 2, 2, 1], "uint8"), r"\(1, 2, 2, 1\), expected"),
        (np.full([2, 2], 0.7), "float64.* expected bool or integers 0 and 1: compare logits with"),
        (
            np.array([[0, 255]], "uint8"),
            "from 0 to 255, expected only 0 and 1: pass mask == class_id, or",
        ),
        (np.array([[-1, 1]]), "from -1 to 1, expected only 0 and 1"),
        (np.array([[2, 2]]), "to 2, expected"),
    ],
)
def test_other_masks_are_refused(mask, message):
    with pytest.raises(ValueError, match=message):
        encode_run_length(mask)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("1 x", "are '1 x', expected whole numbers with spaces between them"),
        ("1 2.5", "expected whole numbers"),
        ("9" * 30 + " 1", "expected whole numbers"),
        (float("nan"), 'are nan, expected whole numbers .*: write an empty mask as ""'),
        ("1 2 3", r"are 3 numbers \('1 2 3'\), expected pairs of a start and a length"),
        ("0 2", 'run 1 is "0 2", expected a length of 1 or more within pixels 1 to 6'),
        ("1 1 3 0", 'run 2 is "3 0", expected a length of 1 or more'),
        ("1 1 3 -1", 'run 2 is "3 -1", expected'),
        ("5 3", 'run 1 is "5 3", expected .* within pixels 1 to 6: check the size'),
        (f"2 {2**63 - 1}", "within pixels 1 to 6"),
        ("1 3 3 1", 'run 2 is "3 1", expected a start after the end of the run before: sort'),
        ("5 1 1 1", 'run 2 is "1 1", expected a start after the end'),
    ],
)
def test_other_texts_are_refused(text, message):
    with pytest.raises(ValueError, match=message):
        decode_run_length(text, 2, 3)

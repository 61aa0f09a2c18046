"""Run lengths as in Carvana's files, against examples by hand and pycocotools."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from pycocotools import mask as coco

from unetlab.submission import decode_run_length, encode_run_length

masks = arrays(
    np.uint8, array_shapes(min_dims=2, max_dims=2, max_side=12), elements=st.integers(0, 1)
)


@pytest.mark.parametrize(
    ("rows", "text"),
    [
        ([[0, 0, 0], [0, 0, 0]], ""),
        ([[1, 1, 1], [1, 1, 1]], "1 6"),
        ([[0, 0, 1], [1, 0, 0]], "3 2"),  # a run goes on in the next row
        ([[0, 1, 0], [0, 1, 0]], "2 1 5 1"),  # in column order it would be "3 2"
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
@settings(max_examples=200, deadline=None)
def test_agrees_with_pycocotools_there_and_back(mask):
    # COCO counts in columns, so it is given the mask on its side; its text packs the counts of
    # zeros and ones in turn, which its own decoder reads.
    height, width = mask.shape
    text = encode_run_length(mask)
    numbers = np.array(text.split(), np.int64).reshape(-1, 2)
    borders = np.stack([numbers[:, 0] - 1, numbers.sum(axis=1) - 1], axis=1).reshape(-1)
    counts = np.diff(borders, prepend=0, append=height * width).tolist()
    packed = coco.frPyObjects({"size": [width, height], "counts": counts}, width, height)
    np.testing.assert_array_equal(coco.decode(packed).T, mask)
    np.testing.assert_array_equal(decode_run_length(text, height, width)[..., 0], mask)
    assert (numbers[1:, 0] > numbers.sum(axis=1)[:-1]).all()  # as few runs as can be


@pytest.mark.parametrize("text", ["1 x", "1 2 3", "0 2", "5 3", "1 3 3 1", "5 1 1 1"])
def test_texts_that_do_not_fit_are_refused(text):
    with pytest.raises(ValueError):
        decode_run_length(text, 2, 3)

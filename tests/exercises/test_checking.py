"""What the check says to odd answers, and what it takes as the same."""

import linecache

import numpy as np
import pytest
import tensorflow as tf

from unetlab.exercises import check_answer
from unetlab.exercises.comparing import same


def both(mask, predicted_mask):
    return np.sum((mask == 1) & (predicted_mask == 1))


def test_an_unknown_mistake_shows_the_smallest_input_that_differs():
    words = check_answer("iou", lambda mask, predicted_mask: 0.25).words
    assert words == (
        "Here it differs: `mask = [[0, 0]], predicted_mask = [[0, 0]]` gives `0.25`; "
        "expected is `1.0`."
    )


@pytest.mark.parametrize("number", [float, int])  # NumPy's 0 / 0 is nan, Python's an error.
def test_a_known_mistake_is_known_whether_or_not_it_thought_of_nothing(number):
    def by_sum(mask, predicted_mask):
        return number(both(mask, predicted_mask)) / number(np.sum(mask) + np.sum(predicted_mask))

    def by_union(mask, predicted_mask):
        return number(both(mask, predicted_mask)) / number(np.sum(mask | predicted_mask))

    assert "half of Dice" in check_answer("iou", by_sum).words
    assert "0 by 0" in check_answer("iou", by_union).words


@pytest.mark.parametrize(
    "code, expected",
    [
        ("    return mask[7]", "`IndexError: index 7 is out of bounds for axis 0 with size"),
        ("    raise KeyError", "`KeyError` in line 2: `raise KeyError`."),
    ],
)
def test_an_exception_is_told_in_one_sentence_with_its_line(code, expected):
    source = f"def my_iou(mask, predicted_mask):\n{code}\n"
    linecache.cache["<cell>"] = (len(source), None, source.splitlines(True), "<cell>")
    space = {}
    exec(compile(source, "<cell>", "exec"), space)
    verdict = check_answer("iou", space["my_iou"])
    assert verdict.outcome == "wrong" and verdict.words.startswith(expected)
    assert f"`{code.strip()}`" in verdict.words and "It was called with `mask = " in verdict.words
    assert "\n" not in verdict.words


def test_what_is_no_function_or_no_pair_is_told():
    assert "it is called as `iou(mask, predicted_mask)`" in check_answer("iou", lambda: 1).words
    assert "write its name without brackets" in check_answer("iou", 0.5).words
    words = check_answer("flip_pair", lambda image, mask, generator: image).words
    assert "no pair of image and mask" in words


def test_nothing_is_unsolved_and_half_an_answer_is_wrong():
    verdict = check_answer("iou", lambda mask, predicted_mask: None)
    assert repr(verdict).startswith("Not solved yet. Nothing is returned")
    assert verdict._repr_markdown_().startswith("**Not solved yet.** Nothing")
    half = check_answer("iou", lambda a, b: (a & b).sum() / (a | b).sum() if a.any() else None)
    assert half.outcome == "wrong" and "gives `None`" in half.words


def test_a_hint_and_the_solution_come_when_they_are_asked_for():
    assert "at least one has" in check_answer("iou", None, hint=True).words
    shown = check_answer("iou", None, solution=True)._repr_markdown_()
    code = shown.partition("```python\n")[2].partition("```")[0]
    space = {"np": np}
    exec(code, space)
    assert check_answer("iou", space["iou"]).outcome == "right"


@pytest.mark.parametrize(
    "found, expected, fine",
    [
        (tf.constant([[1, 0]]), np.uint8([[1, 0]]), True),
        (np.ones([2, 2, 1], bool), np.ones([2, 2]), True),
        (np.ones([4]), np.ones([2, 2]), False),
        (float("nan"), float("nan"), True),
        (2_359_809, 2_359_808, False),
        ("1", 1, False),
        ([["a"]], (["a"], ["b"]), False),
    ],
)
def test_what_counts_as_the_same(found, expected, fine):
    assert same(found, expected) is fine

"""Nothing is in two parts, every item is held out once, and sizes come out even."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.model_selection import GroupKFold, KFold

from unetlab.data import k_folds, split_by_subject


@settings(max_examples=60, deadline=None)
@given(st.data(), st.integers(2, 60), st.integers(0, 99))
def test_every_item_is_held_out_once_and_never_trained_on_then(data, count, seed):
    folds = data.draw(st.integers(2, count))
    found = k_folds(count, folds, seed=seed)
    assert sorted(np.concatenate([held_out for _, held_out in found])) == list(range(count))
    for train, held_out in found:
        assert sorted([*train, *held_out]) == list(range(count))
    # As even as scikit-learn's, which has no groups to mind here either.
    sizes = sorted(len(held_out) for _, held_out in found)
    expected = sorted(len(held_out) for _, held_out in KFold(folds).split(np.zeros(count)))
    assert sizes == expected


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.integers(0, 8), min_size=10, max_size=60).filter(lambda g: len(set(g)) > 1),
    st.integers(0, 99),
)
def test_groups_stay_together_as_evenly_as_scikit_learns(groups, seed):
    folds = min(3, len(set(groups)))
    found = k_folds(len(groups), folds, groups, seed)
    for train, held_out in found:
        assert not {groups[i] for i in train} & {groups[i] for i in held_out}
    theirs = GroupKFold(folds).split(np.zeros(len(groups)), groups=groups)
    largest = max(len(held_out) for _, held_out in theirs)
    assert max(len(held_out) for _, held_out in found) == largest


@settings(max_examples=30, deadline=None)
@given(st.integers(2, 30), st.floats(0.01, 0.99), st.integers(0, 99))
def test_no_subject_is_in_both_parts_whatever_the_order(count, share, seed):
    names = [f"car{car}_{view:02}" for car in range(count) for view in range(1, 5)]
    train, test = split_by_subject(names, share, seed)
    assert sorted(train + test) == sorted(names)
    assert len(test) == 4 * min(max(round(share * count), 1), count - 1)
    assert not {name[:-3] for name in train} & {name[:-3] for name in test}
    assert [name[:-3] for name in test[::4]] == [name[:-3] for name in test[3::4]]  # In a row.
    assert split_by_subject(names[::-1], share, seed) == (train, test)


def test_what_tells_views_apart_is_carvanas_number_or_as_said():
    names = [f"IMG_{number:04}" for number in range(1, 4)]  # A camera's counter.
    assert [len(part) for part in split_by_subject(names, 0.34)] == [2, 1]
    names = [f"{car}-{view}" for car in ("red", "blue", "green") for view in ("front", "side")]
    _, test = split_by_subject(names, 0.3, view="-(front|side)$")
    assert len(test) == 2 and len({name.split("-")[0] for name in test}) == 1


def test_another_seed_splits_otherwise():
    names = [f"a{number}" for number in range(40)]
    for split in (split_by_subject, lambda names, seed: k_folds(40, seed=seed)):
        first, again, other = (str(split(names, seed=seed)) for seed in (0, 0, 1))
        assert first == again != other


@pytest.mark.parametrize(
    ("split", "fault"),
    [
        (lambda: k_folds(4, 3, "aabb"), "4 items make 2 groups for 3 folds"),
        (lambda: split_by_subject(["a_01", "a_02"]), "2 photos show 1 subjects.*rename"),
    ],
)
def test_what_would_leave_a_part_empty_is_refused(split, fault):
    with pytest.raises(ValueError, match=fault):
        split()

"""Folds hold every item out once, keep groups together and even out their sizes."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.model_selection import GroupKFold, KFold

from unetlab.data import k_folds, split_by_group, split_by_subject


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
@given(st.lists(st.integers(0, 8), min_size=10, max_size=60), st.integers(0, 99))
def test_groups_stay_together_as_evenly_as_scikit_learns(groups, seed):
    folds = min(3, len(set(groups)))
    if folds < 2:
        return
    found = k_folds(len(groups), folds, groups, seed)
    for train, held_out in found:
        assert not {groups[i] for i in train} & {groups[i] for i in held_out}
    theirs = GroupKFold(folds).split(np.zeros(len(groups)), groups=groups)
    largest = max(len(held_out) for _, held_out in theirs)
    assert max(len(held_out) for _, held_out in found) == largest


def test_the_seed_decides():
    first, again, other = (k_folds(40, 4, seed=seed) for seed in (0, 0, 1))
    assert all((a[1] == b[1]).all() for a, b in zip(first, again, strict=True))
    assert any((a[1] != b[1]).any() for a, b in zip(first, other, strict=True))


@pytest.mark.parametrize(
    ("count", "folds", "groups"), [(5, 1, None), (5, 6, None), (4, 3, "aabb"), (4, 2, "ab")]
)
def test_bad_input(count, folds, groups):
    with pytest.raises(ValueError, match="expected a label for each item"):
        k_folds(count, folds, groups)


@pytest.mark.parametrize("counter", ["IMG_{:04}", "DSC{:05}", "PXL_20260101_{:09}", "cat.{}"])
def test_a_cameras_counter_is_a_subject_each(counter):
    names = [counter.format(number) for number in range(1, 4)]
    train, test = split_by_subject(names, 0.34)
    assert (len(train), len(test)) == (2, 1) and {*train, *test} == set(names)


def test_what_tells_views_apart_can_be_given():
    names = [f"{car}-{view}" for car in ("red", "blue", "green") for view in ("front", "side")]
    _, test = split_by_subject(names, 0.3, view="-(front|side)$")
    assert len(test) == 2 and len({name.split("-")[0] for name in test}) == 1
    with pytest.raises(ValueError, match=r"6 photos show 1 subjects.*rename"):
        split_by_subject(names, view=".*")


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(0, 12), min_size=3, max_size=60), st.integers(0, 99))
def test_no_group_is_in_two_parts(groups, seed):
    names = [f"{group}-{number}" for number, group in enumerate(groups)]
    if len(set(groups)) < 3:
        with pytest.raises(ValueError, match="expected 3 or more"):
            split_by_group(names, group=r"^\d+")
        return
    parts = split_by_group(names, group=r"^(\d+)-", seed=seed)
    assert sorted(name for part in parts for name in part) == sorted(names) and all(parts)
    held = [{name.split("-")[0] for name in part} for part in parts]
    assert sum(map(len, held)) == len(set(groups))
    assert parts == split_by_group(names[::-1], group=lambda name: name.split("-")[0], seed=seed)


def test_each_part_gets_its_share_of_every_kind():
    kinds = {f"photo{number}": "rare" if number < 10 else "common" for number in range(100)}
    parts = split_by_group(kinds, (0.2, 0.1), classes=kinds)
    assert [len(part) for part in parts] == [70, 20, 10]
    assert [sum(kinds[name] == "rare" for name in part) for part in parts] == [7, 2, 1]
    assert parts != split_by_group(kinds, (0.2, 0.1), classes=kinds, seed=1)


@pytest.mark.parametrize(
    ("options", "fault"),
    [({"shares": (0.5, 0.5)}, "sum of shares"), ({"shares": (20,)}, "try 0.2"),
     ({"group": "x"}, "does not match the name 'a'")],
)  # fmt: skip
def test_what_cannot_be_split(options, fault):
    with pytest.raises(ValueError, match=fault):
        split_by_group([*"abcd"], **options)

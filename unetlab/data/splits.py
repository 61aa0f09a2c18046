"""Splits: what is learned from and what is held out, so that no subject is in both."""

import re
from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence

import numpy as np

PARTS = "train", "test", "validation"
# What people call them; a folder or a list that two of these are in is of none.
PART_WORDS = {"train": "train", "training": "train", "test": "test", "testing": "test",
              "val": "validation", "valid": "validation", "validation": "validation"}  # fmt: skip


def split_by_subject(
    names: Iterable[str], share: float = 0.2, seed: int = 0, view: str = r"_\d\d$"
) -> tuple[list[str], list[str]]:
    """Split photos so that no subject is in both parts: `car7_01` and `car7_02` stay together.

    Views of one subject share its looks, so a test that holds some of them tests memory.

    Args:
        names: names of the photos.
        share: the share of the subjects in the second part, at least one in each; 0 for none.
        seed: seed of the choice; it does not depend on the order of the names.
        view: what tells the photos of one subject apart, as a regular expression: names that are
            the same without it show the same subject. The default is Carvana's number of two
            digits, `SUBJECT_NN`; a camera's counter, `IMG_0001`, is a subject each.

    Returns:
        The names of either part: subjects in random order, each one's photos in a row, so that a
        first part of either can be taken without parting a subject.

    Raises:
        ValueError: `share` is not in 0..1, or there are fewer than two subjects.

    Example:
        >>> train, test = split_by_subject(["a_01", "a_02", "b_01", "b_02"], share=0.5)
        >>> train, test
        (['b_01', 'b_02'], ['a_01', 'a_02'])
    """
    if not 0 <= share < 1:
        raise ValueError(f"the share is {share}, expected less than 1: try 0.2.")
    names = sorted(names)
    subject_of = {name: re.sub(view, "", name) for name in names}
    subjects = sorted(set(subject_of.values()))
    if share and len(subjects) < 2:
        raise ValueError(
            f"{len(names)} photos show {len(subjects)} subjects, expected two or more, as a "
            f"subject cannot be trained on and tested on: names without {view} show one subject; "
            "rename photos of which each shows another."
        )
    subjects = np.random.default_rng(seed).permutation(subjects).tolist()
    count = min(max(round(share * len(subjects)), 1), len(subjects) - 1) if share else 0
    place = {subject: number for number, subject in enumerate(subjects)}
    ordered = sorted(names, key=lambda name: place[subject_of[name]])
    return (
        [name for name in ordered if place[subject_of[name]] >= count],
        [name for name in ordered if place[subject_of[name]] < count],
    )


def split_photos(
    names: Sequence[str], part_of: Mapping[str, str], share: float, seed: int, view: str
) -> Sequence[list[str]]:
    """Split photos into training, test and validation as `part_of` says, else by `share`."""
    if not part_of:
        if view and not any(re.search(view, name) for name in names):
            raise ValueError(
                f"view is {view!r}, which no name holds, such as {names[0]!r}: each photo would be "
                "a subject of its own; write what the names of one subject differ by."
            )
        return split_by_subject(names, share, seed, view)
    parts = [[name for name in sorted(names) if part_of[name] == part] for part in PARTS]
    if not parts[0]:
        raise ValueError(
            "no photo in train is usable, expected some to learn from: mend what is left out, or "
            "load one folder, which is then split anew."
        )
    random = np.random.default_rng(seed)
    return [random.permutation(part).tolist() for part in parts]


def find_part(name: str) -> str | None:
    """Tell which part a folder or a list is by its name, "train2017" or "val_labels", or None."""
    words = re.findall("[a-z]+", name.casefold())
    found = {PART_WORDS[word] for word in words if word in PART_WORDS}
    return found.pop() if len(found) == 1 else None


def keep_split(part_of: Mapping[str, str]) -> Mapping[str, str]:
    """Say that the split that a set comes with is kept; empty where it is none, as of one part."""
    counts = Counter(part_of.values())
    if len(counts) < 2:
        return {}
    said = ", ".join(f"{counts[part]} {part}" for part in PARTS if counts[part])
    print(f"The split that it has is kept: {said}.")
    return part_of


def k_folds(
    count: int, folds: int = 5, groups: Sequence[Hashable] | None = None, seed: int = 0
) -> list[tuple[np.ndarray, np.ndarray]]:
    """Split items into folds; each fold holds out a part that no other fold holds out.

    Args:
        count: number of items.
        folds: number of folds, 2 or more.
        groups: one label for each item; items of one label stay together. None: each is its own.
        seed: seed of the choice.

    Returns:
        For each fold, the indices to train on and those held out, int [N], in rising order. The
        parts held out differ in size as little as the groups allow.

    Raises:
        ValueError: there are fewer groups than folds, fewer than two folds, or not a label an item.

    Example:
        >>> [held_out.tolist() for _, held_out in k_folds(6, folds=3, groups="aabbcc")]
        [[4, 5], [0, 1], [2, 3]]

    Source: Stone, Cross-Validatory Choice and Assessment of Statistical Predictions, 1974.
    """
    everything = np.arange(count)
    members = defaultdict(list)
    for index, group in zip(everything, everything if groups is None else groups, strict=True):
        members[group].append(index)
    if not 2 <= folds <= len(members):
        raise ValueError(
            f"{count} items make {len(members)} groups for {folds} folds; expected two folds or "
            "more, and a group for each."
        )
    shuffled = np.random.default_rng(seed).permutation(len(members))
    parts = [list(members.values())[i] for i in shuffled]
    held_out = [[] for _ in range(folds)]
    # The largest first, each to the fold with the fewest items: the sizes even out at the end.
    for part in sorted(parts, key=len, reverse=True):
        min(held_out, key=len).extend(part)
    return [(np.setdiff1d(everything, part), np.sort(part)) for part in held_out]

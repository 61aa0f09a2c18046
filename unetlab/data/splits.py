"""Splits: what is learned from and what is held out, so that no subject is in both.

Taught in: notebooks/03_chair_extraction.ipynb
"""

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence

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
        share: the share of the subjects in the second part, in 0..1, at least one in each part.
        seed: seed of the choice; it does not depend on the order of the names.
        view: what tells the photos of one subject apart, as a regular expression: names that are
            the same without it show the same subject. The default is Carvana's number of two
            digits, `SUBJECT_NN`; a camera's counter, `IMG_0001`, is a subject each.

    Returns:
        The names of either part: subjects in random order, each one's photos in a row, so that a
        first part of either can be taken without parting a subject.

    Raises:
        ValueError: `share` is not between 0 and 1, or there are fewer than two subjects.

    Example:
        >>> train, test = split_by_subject(["a_01", "a_02", "b_01", "b_02"], share=0.5)
        >>> train, test
        (['b_01', 'b_02'], ['a_01', 'a_02'])
    """
    check_shares(share)
    names = sorted(names)
    subject_of = {name: re.sub(view, "", name) for name in names}
    subjects = sorted(set(subject_of.values()))
    if len(subjects) < 2:
        raise ValueError(
            f"{len(names)} photos show {len(subjects)} subjects, expected two or more, as a "
            f"subject cannot be trained on and tested on: names without {view} show one subject; "
            "rename photos of which each shows another."
        )
    subjects = np.random.default_rng(seed).permutation(subjects).tolist()
    count = min(max(round(share * len(subjects)), 1), len(subjects) - 1)
    place = {subject: number for number, subject in enumerate(subjects)}
    ordered = sorted(names, key=lambda name: place[subject_of[name]])
    return (
        [name for name in ordered if place[subject_of[name]] >= count],
        [name for name in ordered if place[subject_of[name]] < count],
    )


def split_by_group(
    names: Iterable[str],
    shares: Sequence[float] = (0.2, 0.2),
    group: str | Callable[[str], Hashable] | None = None,
    classes: Mapping[str, Hashable] | None = None,
    seed: int = 0,
) -> list[list[str]]:
    """Split photos into training and further parts, of these shares, so that no group is in two.

    `group` is a regular expression, whose match in the name (or what its first parentheses hold)
    names the group, or a function of the name. Each part gets its share of every kind in `classes`.
    """
    check_shares(*shares)
    members = defaultdict(list)
    for name in sorted(names):
        members[_group_of(name, group)].append(name)
    parts = [[] for _ in range(len(shares) + 1)]
    if len(members) < len(parts):
        raise ValueError(
            f"the photos make {len(members)} groups, expected {len(parts)} or more, one for each "
            "part: choose another group, or fewer parts."
        )
    strata = defaultdict(list)
    order = np.random.default_rng(seed).permutation(len(members))
    for together in (list(members.values())[i] for i in order):
        # A group of several kinds is of its commonest.
        kinds = Counter(classes[name] for name in together) if classes else Counter([None])
        strata[kinds.most_common(1)[0][0]].append(together)
    shares = 1 - sum(shares), *shares
    for kind in sorted(strata, key=lambda kind: (len(strata[kind]), str(kind))):
        _deal(sorted(strata[kind], key=len, reverse=True), parts, shares)
    for part in parts:
        if not part:  # Small sets: a share of less than a photo still gets one group.
            largest = max(parts, key=len)
            part.append(min(largest, key=len))
            largest.remove(part[0])
    return [sorted(name for together in part for name in together) for part in parts]


def plan_split(
    test_share: float,
    validation_share: float,
    group: str | Callable[[str], Hashable] | None,
    seed: int,
) -> Callable[[Mapping[str, Hashable]], list[list[str]]]:
    """Check the arguments of `load_folder`, and return what splits photos as they say.

    Given the mix of classes of each, it returns training, test and validation, which may be empty;
    given the part of each as well, it keeps these.
    """
    shares = [share for share in (test_share, validation_share) if share]
    if shares:
        check_shares(*shares)

    def split(classes, part_of=None):
        random = np.random.default_rng(seed)
        if part_of:
            parts = [[name for name in sorted(classes) if part_of[name] == part] for part in PARTS]
            if not parts[0]:
                raise ValueError(f"none of the {len(classes)} usable photos is in its train part.")
        elif not validation_share and (group is None or not test_share):
            names = random.permutation(sorted(classes)).tolist()
            count = min(max(round(test_share * len(names)), 1), len(names) - 1) if shares else 0
            return names[count:], names[:count]
        else:
            parts = split_by_group(classes, shares, group, classes, seed)
            parts = parts if test_share else [parts[0], [], parts[1]]
        return [random.permutation(part).tolist() for part in parts]

    return split


def find_part(name: str) -> str | None:
    """Tell which part a folder or a list is by its name, "train2017" or "val_labels", or None."""
    words = re.findall("[a-z]+", name.casefold())
    found = {PART_WORDS[word] for word in words if word in PART_WORDS}
    return found.pop() if len(found) == 1 else None


def keep_split(part_of: Mapping[str, str]) -> Mapping[str, str]:
    """Say that the split that a set comes with is kept; empty where it is none, as of one part."""
    counts = Counter(part_of.values())
    if not counts["train"] or len(counts) < 2:
        return {}
    said = ", ".join(f"{counts[part]} {part}" for part in PARTS if counts[part])
    print(f"The split that it has is kept: {said}.")
    return part_of


def _group_of(name: str, group) -> Hashable:
    if group is None or callable(group):
        return group(name) if group else name
    found = re.search(group, name)
    if not found:
        raise ValueError(
            f"group is {group!r}, which does not match the name {name!r}; expected a pattern that "
            "matches every name, or a function of the name."
        )
    return found[1] if found.re.groups else found[0]


def _deal(groups: list[list[str]], parts: list[list], shares: Sequence[float]) -> None:
    # Each group, the largest first, to the part that lacks most of its share of this kind.
    lacking = [share * sum(map(len, groups)) for share in shares]
    for together in groups:
        part = int(np.argmax(lacking))
        parts[part].append(together)
        lacking[part] -= len(together)


def check_shares(*shares: float) -> None:
    """Raise a `ValueError` unless these shares leave something to learn from: 20 is none."""
    if not (min(shares) >= 0 and 0 < sum(shares) < 1):
        raise ValueError(
            f"the shares are {shares}, expected more than 0 and less than 1 in all: try 0.2."
        )


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

"""Folds: every photo is held out once, so that a small data set gives an honest estimate.

Taught in: notebooks/03_chair_extraction.ipynb
"""

from collections.abc import Hashable, Sequence

import numpy as np


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

    Taught in: notebooks/03_chair_extraction.ipynb
    """
    groups = list(range(count)) if groups is None else list(groups)
    members = {group: [] for group in groups}
    if len(groups) != count or not 2 <= folds <= len(members):
        raise ValueError(
            f"{count} items with {len(groups)} labels make {len(members)} groups for {folds} folds;"
            " expected a label for each item, two folds or more, and a group for each fold."
        )
    for index, group in enumerate(groups):
        members[group].append(index)
    shuffled = np.random.default_rng(seed).permutation(len(members))
    parts = [members[list(members)[i]] for i in shuffled]
    held_out = [[] for _ in range(folds)]
    # The largest first, each to the fold with the fewest items: the sizes even out at the end.
    for part in sorted(parts, key=len, reverse=True):
        min(held_out, key=len).extend(part)
    everything = np.arange(count)
    return [(np.setdiff1d(everything, part), np.sort(part)) for part in held_out]

"""A survey: every photo of a set looked at once, what was found told in words, and its parts."""

from collections import Counter
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import tensorflow as tf
from tqdm import tqdm

from unetlab.data.masks import VOID
from unetlab.data.pairs import read_examples
from unetlab.data.photos import load_shrunk
from unetlab.data.sources import SegmentationData
from unetlab.data.splits import split_by_group


def look_through(
    pairs: Mapping[str, tuple], look: Callable, left_out: list[str]
) -> Iterator[tuple[str, tuple[int, int], dict[int, int]]]:
    """Look at every pair once, on all cores, so that a bad one is named now and ends no training.

    A bar shows how far it is, where it takes longer than a second.

    Args:
        pairs: by name, what `look` takes.
        look: from a pair to the photo's height and width and the mask's pixels by id, or to a line
            that says why the pair cannot be used.
        left_out: where these lines are added.

    Returns:
        Name, size and pixels of each usable pair, in their order.

    Example:
        >>> left_out = []
        >>> look = lambda size, fault: fault or (size, {0: 12})
        >>> list(look_through({"a": ((3, 4), ""), "b": (None, "b is cut short")}, look, left_out))
        [('a', (3, 4), {0: 12})]
        >>> left_out
        ['b is cut short']
    """
    bar = tqdm(total=len(pairs), desc="Looking", unit=" photos", delay=1, leave=False)
    with bar, ThreadPoolExecutor() as threads:
        looks = threads.map(lambda pair: look(*pair), pairs.values())
        for name, found in zip(pairs, looks, strict=True):
            bar.update()
            if isinstance(found, str):
                left_out.append(found)
            else:
                yield name, *found


def measure_photo(path: str | Path) -> tuple[int, int]:
    """Read a photo to its end, at an eighth of its size, and return the size it has.

    Args:
        path: the photo's file.

    Returns:
        Height and width in pixels.

    Raises:
        ValueError: it cannot be read, or was cut short.

    Example:
        >>> import tempfile
        >>> from PIL import Image
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     Image.new("RGB", (8, 6)).save(f"{folder}/a.jpg")
        ...     measure_photo(f"{folder}/a.jpg")
        (6, 8)
    """
    return load_shrunk(path, image_size=1)[1]


def count_ids(mask: np.ndarray) -> dict[int, int]:
    """Count the pixels of each id.

    Args:
        mask: uint8 [H, W, 1], class ids.

    Returns:
        The number of pixels of each id that occurs.

    Example:
        >>> count_ids(np.uint8([[[0], [2], [2]]]))
        {0: 1, 2: 2}
    """
    counts = np.bincount(mask.ravel())
    return {i: int(counts[i]) for i in np.flatnonzero(counts).tolist()}


def name_sizes(sizes: Counter) -> str:
    """Name the commonest sizes.

    Args:
        sizes: how often each height and width occurs.

    Returns:
        The three commonest, as width x height.

    Example:
        >>> name_sizes(Counter({(3, 4): 9, (4, 3): 2}))
        '4x3, 3x4'
    """
    shown = ", ".join(f"{width}x{height}" for (height, width), _ in sizes.most_common(3))
    return shown + ", ..." * (len(sizes) > 3)


def name_shares(pixels: Counter, class_names: Sequence[str]) -> str:
    """Name each class with its share of the pixels, and void where there is some.

    Args:
        pixels: how many pixels each id has.
        class_names: the class ids' meanings.

    Returns:
        The shares, in percent.

    Example:
        >>> name_shares(Counter({0: 3, 1: 1}), ("background", "cat"))
        'background 75%, cat 25%'
    """
    shares = [f"{name} {pixels[i] / pixels.total():.0%}" for i, name in enumerate(class_names)]
    if pixels[VOID]:
        shares.append(f"void ({VOID}, to be ignored) {pixels[VOID] / pixels.total():.0%}")
    return ", ".join(shares)


def name_left_out(left_out: Sequence[str]) -> str:
    """Name the first few pairs that were left out.

    Args:
        left_out: a line for each.

    Returns:
        At most five of them.

    Example:
        >>> name_left_out(["a.jpg: no mask", "b.jpg: no mask"])
        'a.jpg: no mask; b.jpg: no mask'
    """
    return "; ".join(left_out[:5]) + "; ..." * (len(left_out) > 5)


def split_names(
    classes: Mapping[str, Hashable],
    test_share: float,
    validation_share: float,
    group: str | Callable[[str], Hashable] | None,
    seed: int,
) -> list[list[str]]:
    """Split photos as `load_folder` does.

    Args:
        classes: the mix of classes that each photo has, by its name.
        test_share: as in `load_folder`.
        validation_share: as in `load_folder`.
        group: as in `load_folder`.
        seed: as in `load_folder`.

    Returns:
        The names of training and test, and of validation where there is such a part.

    Example:
        >>> [len(part) for part in split_names(dict.fromkeys("abcd"), 0.25, 0.25, None, 0)]
        [2, 1, 1]
    """
    random = np.random.default_rng(seed)
    if not validation_share and group is None:
        names = random.permutation(sorted(classes)).tolist()
        count = min(max(round(test_share * len(names)), 1), len(names) - 1)
        return [names[count:], names[:count]]
    shares = (test_share, validation_share) if validation_share else (test_share,)
    parts = split_by_group(classes, shares, group, classes, seed)
    return [random.permutation(part).tolist() for part in parts]


def gather_parts(
    parts: Sequence[Sequence[str]],
    pairs: Mapping[str, tuple],
    read_mask: Callable[[str], np.ndarray],
    image_size: int | tuple[int, int] | None,
    class_names: Sequence[str],
    source: str,
) -> SegmentationData:
    """Make data of pairs, read when they are asked for.

    Args:
        parts: as from `split_names`.
        pairs: by name, as in `read_examples`.
        read_mask: as in `read_examples`.
        image_size: as in `load_folder`.
        class_names: as in `SegmentationData`.
        source: as in `SegmentationData`.

    Returns:
        A `SegmentationData`.

    Example:
        >>> pairs = {"a": ("a.jpg", "a.png"), "b": ("b.jpg", "b.png")}
        >>> data = gather_parts([["b"], ["a"]], pairs, None, None, ("background", "cat"), "a test")
        >>> list(data.test_names.as_numpy_iterator()), data.validation
        ([b'a'], None)
    """
    examples = [
        read_examples([pairs[name] for name in part], read_mask, image_size) for part in parts
    ]
    names = [tf.data.Dataset.from_tensor_slices(part) for part in parts]
    if len(parts) == 2:
        examples, names = [*examples, None], [*names, None]
    return SegmentationData(
        train=examples[0],
        test=examples[1],
        train_names=names[0],
        test_names=names[1],
        class_names=tuple(class_names),
        source=source,
        validation=examples[2],
        validation_names=names[2],
    )

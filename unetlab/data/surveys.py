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

    From a pair, `look` makes the photo's height and width and the mask's pixels by id, which come
    with its name; or a line that says why it cannot be used, which is added to `left_out`.
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


def look_at_pair(image_path: Path, mask_path: Path, read_mask: Callable):
    """Look at a photo and its mask: size and pixels by id, or a line that says what is wrong."""
    try:
        height, width = size = measure_photo(image_path)
        mask = read_mask(mask_path)
    except (ValueError, OSError) as error:
        return f"{error}"
    if mask.shape[:2] != size:
        found = f"{mask.shape[1]}x{mask.shape[0]}"
        return f"{image_path.name} is {width}x{height}, but its mask is {found}"
    return size, count_ids(mask)


def measure_photo(path: str | Path) -> tuple[int, int]:
    """Read a photo to its end, at an eighth of its size, and return its height and width."""
    return load_shrunk(path, image_size=1)[1]


def count_ids(mask: np.ndarray) -> dict[int, int]:
    """Count the pixels of each id that occurs in a mask."""
    counts = np.bincount(mask.ravel())
    return {i: int(counts[i]) for i in np.flatnonzero(counts).tolist()}


def name_sizes(sizes: Counter) -> str:
    """Name the three commonest sizes (height, width), as width x height."""
    shown = ", ".join(f"{width}x{height}" for (height, width), _ in sizes.most_common(3))
    return shown + ", ..." * (len(sizes) > 3)


def name_shares(pixels: Counter, class_names: Sequence[str]) -> str:
    """Name each class with its share of the pixels, and void where there is some."""
    shares = [f"{name} {pixels[i] / pixels.total():.0%}" for i, name in enumerate(class_names)]
    if pixels[VOID]:
        shares.append(f"void ({VOID}, to be ignored) {pixels[VOID] / pixels.total():.0%}")
    return ", ".join(shares)


def name_left_out(left_out: Sequence[str]) -> str:
    """Name the first five files that were left out, by their lines."""
    return "; ".join(left_out[:5]) + "; ..." * (len(left_out) > 5)


def split_names(
    classes: Mapping[str, Hashable],
    test_share: float,
    validation_share: float,
    group: str | Callable[[str], Hashable] | None,
    seed: int,
) -> list[list[str]]:
    """Split photos, given the mix of classes of each, into training, test and, if any, validation.

    The arguments are those of `load_folder`.
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
    """Make data of the parts of `split_names`, whose pairs are read when they are asked for."""
    examples = [
        read_examples([pairs[name] for name in part], read_mask, image_size) for part in parts
    ]
    names = [tf.data.Dataset.from_tensor_slices(part) for part in parts]
    validation = (examples[2], names[2]) if len(parts) == 3 else (None, None)
    return SegmentationData(*examples[:2], *names[:2], tuple(class_names), source, *validation)

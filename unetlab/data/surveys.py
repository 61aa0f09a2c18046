"""A survey: every photo of a set looked at once, what was found told in words, and its parts."""

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import tensorflow as tf
from tqdm import tqdm

from unetlab.data.masks import VOID, count_ids
from unetlab.data.pairs import check_one_size, read_examples
from unetlab.data.photos import advise_white, load_shrunk
from unetlab.data.sources import SegmentationData


def survey_pairs(
    pairs: Mapping[str, tuple],
    look: Callable,
    left_out: Sequence[str],
    class_names: Sequence[str],
    folder: str | Path,
    advice: str,
) -> list[str]:
    """Look at every pair once, say what was found, and return the names of the good ones.

    Of a photo and what its mask is made of, `look` tells the photo's size, and the mask's pixels by
    id if it counts them; where it raises, the pair is left out.
    """
    sizes, pixels, good, left_out, alone = Counter(), Counter(), [], [*left_out], []
    for name, found in zip(pairs, _look_at_all(pairs, look), strict=True):
        if isinstance(found, str):
            left_out.append(found)
            continue
        size, counts = found
        sizes[size] += 1
        pixels.update(counts)
        good.append(name)
        if len(counts) == 1:
            only = dict(enumerate(class_names)).get(*counts, "void")
            alone.append(f"{name} holds nothing but {only}")
    if len(good) < 2:
        kinds = _sort_kinds(left_out)
        shown = f": {_name_some(kinds)}" if kinds else ""
        # What else is wrong with a file is said with it.
        advice = advice if kinds and re.search(": no (mask|photo|shapes)", kinds[0]) else ""
        raise ValueError(
            f"{folder} holds {len(good)} photos with a usable mask, expected two or more{shown}."
            f" {advice}".rstrip()
        )
    if pixels:
        _say_what_they_hold(len(good), folder, sizes, pixels, class_names, advice)
    if left_out:
        shown = left_out if len(left_out) < 6 else _sort_kinds(left_out)
        print(f"Left out {len(left_out)}: {_name_some(shown)}.")
    if alone:
        print(f"Kept, but worth a look: {_name_some(alone)}.")
    return good


def _look_at_all(pairs, look):
    def try_to_look(pair):
        try:
            return look(*pair)
        except (ValueError, OSError) as error:
            return str(error).rstrip(".")

    with ThreadPoolExecutor() as threads:
        looks = threads.map(try_to_look, pairs.values())
        shown = {"desc": "Looking", "unit": " photos", "delay": 1, "leave": False}
        yield from tqdm(looks, total=len(pairs), **shown)


def look_at_pair(photo: Path, mask_source, read_mask: Callable, white: int | None = None):
    """Read a photo to its end, at an eighth of its size, and its mask: size and pixels by id."""
    size = load_shrunk(photo, 1, white)[1]
    mask = read_mask(mask_source, size)
    check_one_size(photo, size, mask.shape[:2])
    return size, count_ids(mask)


def _say_what_they_hold(count, folder, sizes, pixels, class_names, advice) -> None:
    held = [name for i, name in enumerate(class_names) if pixels[i]]
    if len(held) < 2:
        raise ValueError(
            f"the {count} masks hold nothing but {held[0] if held else 'void'}, expected a second "
            f"class in one of them at least: see whether these are the masks. {advice}"
        )
    shares = [f"{name} {pixels[i] / pixels.total():.0%}" for i, name in enumerate(class_names)]
    if pixels[VOID]:
        shares.append(f"void ({VOID}, to be ignored) {pixels[VOID] / pixels.total():.0%}")
    said = ", ".join(shares)
    print(f"{count} pairs in {folder}, {name_sizes(sizes)} pixels; {said} of the pixels.")


def name_sizes(sizes: Counter) -> str:
    """Name the three commonest sizes (height, width), as width x height."""
    shown = ", ".join(f"{width}x{height}" for (height, width), _ in sizes.most_common(3))
    return shown + ", ..." * (len(sizes) > 3)


def _sort_kinds(lines: Sequence[str]) -> list[str]:
    """Name one file of each kind of fault, the commonest first, and how many more there are."""
    kinds = defaultdict(list)
    for line in lines:
        # Without the file's name, what is quoted, and numbers: what is left is the kind.
        kind = re.sub(r"^.+?(?=: | is | has | holds? | cannot | \(\d)|'[^']*'|0x\w+|\d+", "", line)
        kinds[kind].append(line)
    counted = sorted(kinds.values(), key=len, reverse=True)
    return [one[0] + f" (and {len(one) - 1} more so)" * (len(one) > 1) for one in counted]


def _name_some(lines: Sequence[str]) -> str:
    return "; ".join(lines[:5]) + "; ..." * (len(lines) > 5)


def gather_parts(
    parts: Sequence[Sequence[str]],
    pairs: Mapping[str, tuple],
    read_mask: Callable,
    class_names: Sequence[str],
    source: str,
    image_size: int | tuple[int, int] | None,
    white: int | None = None,
) -> SegmentationData:
    """Make data of the names in training, test and, if there is any, validation."""
    if white is None and (dark := advise_white(pairs[name][0] for part in parts for name in part)):
        print(dark)
    examples = [
        read_examples([pairs[name] for name in part], read_mask, image_size, white)
        for part in parts
    ]
    names = [tf.data.Dataset.from_tensor_slices(tf.constant(part, tf.string)) for part in parts]
    validation = (examples[2], names[2]) if parts[2:] and parts[2] else (None, None)
    return SegmentationData(*examples[:2], *names[:2], tuple(class_names), source, *validation)

"""Any folder of photos with masks, as data to learn from.

Taught in: notebooks/03_chair_extraction.ipynb
"""

import os
import unicodedata
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np
import tensorflow as tf
from PIL import Image

from unetlab.data.masks import Colour, find_mask_coding, load_mask
from unetlab.data.photos import IMAGE_SUFFIXES, load_image
from unetlab.data.sources import SegmentationData


class Naming(NamedTuple):
    """What stands before and after the name that a photo and its mask share.

    Attributes:
        image_prefix: before the name in a photo's file name.
        image_suffix: after it, in front of the dot.
        mask_prefix: before the name in a mask's file name, as "mask_" in `mask_cat.1.jpg`.
        mask_suffix: after it, as "_mask" in `car_01_mask.gif`.
    """

    image_prefix: str = ""
    image_suffix: str = ""
    mask_prefix: str = ""
    mask_suffix: str = ""


def match_files(
    images: str | Path, masks: str | Path, naming: Naming = Naming()
) -> tuple[dict[str, tuple[Path, Path]], list[str]]:
    """Match the photos of a folder with the masks of another one, or of the same, by name.

    Args:
        images: the photos' folder.
        masks: the masks' folder; the same one is fine where `naming` tells masks from photos.
        naming: what to take off the file names, without their endings, before comparing them.

    Returns:
        Photo and mask by their common name, and what was left out, a line for each file.

    Raises:
        FileNotFoundError: a folder does not exist.

    Example:
        >>> match_files("/nowhere", "/nowhere")
        Traceback (most recent call last):
        ...
        FileNotFoundError: /nowhere is not a folder; give the folders of the photos and the masks.
    """
    mask_files, mask_faults = _by_name(masks, naming.mask_prefix, naming.mask_suffix)
    in_one_folder = Path(images).resolve() == Path(masks).resolve()
    taken = set().union(*mask_files.values()) if in_one_folder else set()
    image_files, faults = _by_name(images, naming.image_prefix, naming.image_suffix, taken)
    if not in_one_folder:
        faults += mask_faults
    partners = {name: _partner(name, image_files, mask_files) for name in image_files}
    pairs = {}
    for name, found in image_files.items():
        files = [*found, *mask_files.get(partners[name], [])]
        if len(files) == 1:
            faults.append(f"{files[0].name}: no mask")
        elif len(files) > 2:
            faults.append(f"{', '.join(path.name for path in files)}: share a name")
        else:
            pairs[name] = tuple(files)
    for name in mask_files.keys() - set(partners.values()):
        faults += [f"{path.name}: no photo" for path in mask_files[name]]
    return pairs, sorted(faults)


def _partner(name: str, image_files: dict, mask_files: dict) -> str | None:
    if name in mask_files:
        return name
    # Cameras write IMG_1.JPG, programs img_1.png. Twins that differ in case only are no match.
    images, masks = (
        [other for other in files if other.casefold() == name.casefold()]
        for files in (image_files, mask_files)
    )
    return masks[0] if len(images) == len(masks) == 1 else None


def _by_name(folder, prefix: str, suffix: str, taken=frozenset()):
    folder = Path(folder)
    if not folder.is_dir():
        raise FileNotFoundError(
            f"{folder} is not a folder; give the folders of the photos and the masks."
        )
    files, faults = {}, []
    for path in sorted(folder.iterdir()):
        # Some systems write an accent as a sign of its own; to a reader both are one name.
        stem = unicodedata.normalize("NFC", path.stem)
        if path.is_dir() or path.name.startswith(".") or path in taken:
            continue
        if path.suffix.lower() not in IMAGE_SUFFIXES:
            faults.append(f"{path.name}: no image file")
        elif not (stem.startswith(prefix) and stem.endswith(suffix)):
            faults.append(f"{path.name}: not named {prefix}NAME{suffix}{path.suffix}")
        else:
            files.setdefault(stem[len(prefix) : len(stem) - len(suffix)], []).append(path)
    return files, faults


LOOKED_AT = 40  # Masks that tell how the set is coded.


def load_folder(
    images: str | Path,
    masks: str | Path,
    naming: Naming = Naming(),
    colours: Sequence[Colour] | None = None,
    image_size: int | tuple[int, int] | None = None,
    test_share: float = 0.2,
    seed: int = 0,
    class_names: Sequence[str] = ("background", "subject"),
) -> SegmentationData:
    """Load photos and masks from folders, and say in a few lines what was found and left out.

    Every file is looked at once, so that a bad one among many is named now and does not end the
    training later: photos without a mask, masks without a photo, files that cannot be read, pairs
    that differ in size. A mask of one class only is kept, and named.

    Args:
        images: the photos' folder; any image format, phone photos come out upright.
        masks: the masks' folder; any image format, grey or in colours.
        naming: what stands before and after the name that a photo and its mask share.
        colours: the colour (red, green, blue) of each class; None finds out, for two classes.
        image_size: the size wanted later, in pixels: large JPEGs are then decoded at 1/2, 1/4 or
            1/8, which is faster and leaves at least this size; None for full size.
        test_share: the share of the photos in `test`, at least one in each part.
        seed: seed of the split.
        class_names: the class ids' meanings, from id 0.

    Returns:
        A `SegmentationData`.

    Raises:
        FileNotFoundError: a folder does not exist.
        ValueError: fewer than two pairs are usable, or the share is not between 0 and 1.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     for name in ("a", "b"):
        ...         Image.new("RGB", (8, 6)).save(f"{folder}/{name}.jpg")
        ...         Image.linear_gradient("L").resize((8, 6)).save(f"{folder}/{name}_mask.png")
        ...     data = load_folder(folder, folder, Naming(mask_suffix="_mask"))
        2 pairs in ..., 8x6 pixels; background 50%, subject 50% of the pixels.
    """
    if not 0 < test_share < 1:
        raise ValueError(f"test_share is {test_share}, expected more than 0, less than 1: try 0.2.")
    pairs, left_out = match_files(images, masks, naming)
    threshold = 127
    if colours is None and pairs:
        colours, threshold = _find_coding([mask for _, mask in pairs.values()])
    read = partial(load_mask, colours=colours, threshold=threshold)
    good, sizes, pixels = {}, Counter(), Counter()
    with ThreadPoolExecutor() as threads:
        looks = threads.map(lambda pair: _look_at(*pair, read), pairs.values())
        for (name, pair), (fault, size, counts) in zip(pairs.items(), looks, strict=True):
            if fault:
                left_out.append(fault)
                continue
            good[name] = pair
            sizes[size] += 1
            pixels.update(counts)
            if len(counts) == 1:
                only = class_names[next(iter(counts))]
                print(f"{pair[1].name} holds nothing but {only}; kept, but have a look at it.")
    _report(images, good, sizes, pixels, class_names, left_out)
    return _split(good, read, image_size, test_share, seed, class_names, images)


def _find_coding(paths: Sequence[Path]):
    chosen = paths[:: -(-len(paths) // LOOKED_AT)]
    readable = []
    for path in chosen:
        try:
            with Image.open(path) as image:
                image.load()
            readable.append(path)
        except Exception:  # Named later, when every file is looked at.
            continue
    return find_mask_coding(readable) if readable else (None, 127)


def _look_at(image_path: Path, mask_path: Path, read):
    try:
        # At an eighth, which still reads a JPEG to its end, and so finds one cut short.
        load_image(image_path, image_size=1)
        with Image.open(image_path) as image:
            width, height = image.size
            if image.getexif().get(0x0112, 1) >= 5:  # The EXIF orientations on their side.
                width, height = height, width
        mask = read(mask_path)
    except (ValueError, OSError) as error:
        return f"{error}", None, None
    if mask.shape[:2] != (height, width):
        found = f"{mask.shape[1]}x{mask.shape[0]}"
        return f"{image_path.name} is {width}x{height}, but its mask is {found}", None, None
    ids, counts = np.unique(mask, return_counts=True)
    return "", f"{width}x{height}", dict(zip(ids.tolist(), counts.tolist(), strict=True))


def _report(folder, good, sizes, pixels, class_names, left_out) -> None:
    shown = "; ".join(left_out[:5]) + ("; ..." if left_out[5:] else "")
    if len(good) < 2:
        raise ValueError(
            f"{folder} holds {len(good)} photos with a usable mask, expected two or more"
            f"{': ' + shown if shown else ''}. Name photo and mask alike, or say how with naming=."
        )
    size = ", ".join(size for size, _ in sizes.most_common(3)) + (", ..." if len(sizes) > 3 else "")
    shares = ", ".join(
        f"{name} {pixels[i] / pixels.total():.0%}" for i, name in enumerate(class_names)
    )
    print(f"{len(good)} pairs in {folder}, {size} pixels; {shares} of the pixels.")
    if left_out:
        print(f"Left out {len(left_out)}: {shown}.")


def _split(good, read, image_size, test_share, seed, class_names, folder) -> SegmentationData:
    names = np.random.default_rng(seed).permutation(sorted(good)).tolist()
    count = min(max(round(test_share * len(names)), 1), len(names) - 1)

    def decode(paths):
        image_path, mask_path = (os.fsdecode(path) for path in paths)
        image = load_image(image_path, image_size)
        mask = read(mask_path)
        if mask.shape[:2] != image.shape[:2]:
            mask = cv2.resize(mask, image.shape[1::-1], interpolation=cv2.INTER_NEAREST)[..., None]
        return image, mask

    def examples(part):
        def load(paths):
            image, mask = tf.numpy_function(decode, [paths], [tf.uint8] * 2)
            return tf.ensure_shape(image, [None, None, 3]), tf.ensure_shape(mask, [None, None, 1])

        paths = [[str(path) for path in good[name]] for name in part]
        paths = tf.data.Dataset.from_tensor_slices(paths)
        return paths.map(load, num_parallel_calls=tf.data.AUTOTUNE)

    parts = names[count:], names[:count]
    return SegmentationData(
        *map(examples, parts),
        *map(tf.data.Dataset.from_tensor_slices, parts),
        tuple(class_names),
        f"photos and masks in {Path(folder).resolve()}",
    )

"""Pairs: photos and their masks, matched by name and read at one scale."""

import os
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import tensorflow as tf

from unetlab.arguments import check_path
from unetlab.data.photos import IMAGE_SUFFIXES, advise_for, list_files, load_image


class Naming(NamedTuple):
    """What stands before and after the name that a photo and its mask share.

    Attributes:
        image_prefix: before the name in a photo's file name.
        image_suffix: after it, in front of the dot.
        mask_prefix: before the name in a mask's file name, as `mask_` in `mask_cat.1.jpg`.
        mask_suffix: after it, as `_mask` in `car_01_mask.gif`.
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
    images, masks = check_path("images", images), check_path("masks", masks)
    check_naming(naming)
    mask_files, mask_faults = files_by_name(masks, naming.mask_prefix, naming.mask_suffix)
    in_one_folder = images.resolve() == masks.resolve()
    taken = set().union(*mask_files.values()) if in_one_folder else set()
    image_files, faults = files_by_name(images, naming.image_prefix, naming.image_suffix, taken)
    if not in_one_folder:
        faults += mask_faults
    of_masks, of_images = index_by_case(mask_files), index_by_case(image_files)
    partners = {name: find_partner(name, of_masks, of_images) for name in image_files}
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


def check_naming(naming) -> None:
    """Raise a `ValueError` unless this is a `Naming` of texts.

    Args:
        naming: what was passed.

    Raises:
        ValueError: says what was found and what to do.

    Example:
        >>> check_naming("_mask")
        Traceback (most recent call last):
        ...
        ValueError: naming is '_mask', expected a Naming of texts: try Naming(mask_suffix="_mask").
    """
    if not isinstance(naming, Naming) or not all(isinstance(part, str) for part in naming):
        raise ValueError(
            f'naming is {naming!r}, expected a Naming of texts: try Naming(mask_suffix="_mask").'
        )


def index_by_case(names: Iterable[str]) -> dict[str, list[str]]:
    """Sort names by what they are without capitals: cameras write IMG_1.JPG, programs img_1.png.

    Args:
        names: names of files.

    Returns:
        The names, by what they are in small letters.

    Example:
        >>> index_by_case(["IMG_1", "img_1", "a"])
        {'img_1': ['IMG_1', 'img_1'], 'a': ['a']}
    """
    index = defaultdict(list)
    for name in names:
        index[name.casefold()].append(name)
    return dict(index)


def find_partner(
    name: str, index: Mapping[str, Sequence[str]], own: Mapping[str, Sequence[str]] | None = None
) -> str | None:
    """Find the name that files go by, where capitals may differ.

    Args:
        name: the name wanted.
        index: the names that there are, of `index_by_case`.
        own: the same of the names that `name` is one of: twins among these that differ in capitals
            only are no match for either.

    Returns:
        The name among those of the index, or None.

    Example:
        >>> find_partner("IMG_1", {"img_1": ["img_1"]})
        'img_1'
    """
    found = index.get(name.casefold(), ())
    if name in found:
        return name
    alone = own is None or len(own[name.casefold()]) == 1
    return found[0] if len(found) == 1 and alone else None


def files_by_name(
    folder: str | Path, prefix: str, suffix: str, taken: Collection[Path] = frozenset()
) -> tuple[dict[str, list[Path]], list[str]]:
    """List the image files of a folder by their names without what stands before and after.

    Args:
        folder: the folder.
        prefix: before the name.
        suffix: after it, in front of the dot.
        taken: files to be passed over.

    Returns:
        The files by name, and a line for each other file.

    Raises:
        FileNotFoundError: the folder does not exist.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     for name in ("mask_a.png", "b.png"):
        ...         Path(folder, name).touch()
        ...     files, faults = files_by_name(folder, "mask_", "")
        >>> [*files], faults
        (['a'], ['b.png: not named mask_NAME.png'])
    """
    folder = check_path("folder", folder)
    if not folder.is_dir():
        raise FileNotFoundError(
            f"{folder} is not a folder; give the folders of the photos and the masks."
        )
    files, faults = {}, []
    for path in list_files(folder):
        # Some systems write an accent as a sign of its own; to a reader both are one name.
        stem = unicodedata.normalize("NFC", path.stem)
        if path in taken:
            continue
        if path.suffix.lower() not in IMAGE_SUFFIXES:
            faults.append(f"{path.name}: no image file{advise_for(path)}")
        elif not (stem.startswith(prefix) and stem.endswith(suffix)):
            faults.append(f"{path.name}: not named {prefix}NAME{suffix}{path.suffix}")
        else:
            files.setdefault(stem[len(prefix) : len(stem) - len(suffix)], []).append(path)
    return files, faults


SCALES = (1, 2, 4, 8)  # At one in so many pixels a JPEG can be decoded.


def read_examples(
    pairs: Sequence[tuple[str | Path, str | Path]],
    read_mask: Callable[[str], np.ndarray],
    image_size: int | tuple[int, int] | None = None,
) -> tf.data.Dataset:
    """Read photos and masks when they are asked for, on all cores.

    Args:
        pairs: the paths of photo and mask.
        read_mask: from a mask's path to its class ids, uint8 [H, W, 1], as `load_mask`.
        image_size: as in `load_image`; the mask follows its photo.

    Returns:
        Examples (image uint8 [H, W, 3] in 0..255, mask uint8 [H, W, 1]) in the order of the pairs.

    Example:
        >>> import tempfile
        >>> from PIL import Image
        >>> from unetlab.data import load_mask
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     photo, mask = f"{folder}/a.jpg", f"{folder}/a_mask.gif"
        ...     Image.new("RGB", (80, 60)).save(photo)
        ...     Image.new("1", (80, 60), 1).save(mask)
        ...     examples = read_examples([(photo, mask)], load_mask, image_size=16)
        ...     [part.shape.as_list() for part in next(iter(examples))]
        [[30, 40, 3], [30, 40, 1]]
    """

    def read(paths):
        image_path, mask_path = (os.fsdecode(path) for path in paths)
        image = load_image(image_path, image_size)
        return image, shrink_mask(read_mask(mask_path), image.shape[:2])

    def example(paths):
        image, mask = tf.numpy_function(read, [paths], [tf.uint8] * 2)
        return tf.ensure_shape(image, [None, None, 3]), tf.ensure_shape(mask, [None, None, 1])

    paths = [[str(path) for path in pair] for pair in pairs]
    return tf.data.Dataset.from_tensor_slices(paths).map(
        example, num_parallel_calls=tf.data.AUTOTUNE
    )


def shrink_mask(mask: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Shrink a mask as a JPEG decoder shrinks its photo.

    Args:
        mask: class ids [H, W, 1].
        size: the photo's height and width, at 1/1, 1/2, 1/4 or 1/8 of the mask's, rounded up.

    Returns:
        The mask at this size, of the same ids.

    Raises:
        ValueError: `size` is none of these.

    Example:
        >>> shrink_mask(np.arange(8)[None, :, None], (1, 2)).ravel().tolist()
        [2, 6]
    """
    sizes = {tuple(-(-side // scale) for side in mask.shape[:2]): scale for scale in SCALES[::-1]}
    if tuple(size) not in sizes:
        raise ValueError(
            f"a mask of {mask.shape[0]}x{mask.shape[1]} has a photo of {size[0]}x{size[1]} (height "
            "x width), expected the same size: were the files changed? Load the data again."
        )
    scale = sizes[tuple(size)]
    # A pixel of the photo stands for scale x scale of the mask's: it takes the one in their middle.
    rows, columns = (
        np.minimum(np.arange(small) * scale + scale // 2, full - 1)
        for small, full in zip(size, mask.shape[:2], strict=True)
    )
    return mask if scale == 1 else mask[rows[:, None], columns]

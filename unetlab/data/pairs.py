"""Pairs: photos and their masks, matched by name and read at one scale."""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np
import tensorflow as tf

from unetlab.data.masks import VOID
from unetlab.data.photos import IMAGE_SUFFIXES, advise_for, list_files, load_shrunk

# A class a line, from id 0: the labeller writes it among the masks, others beside their folder.
CLASS_FILE = "class_names.txt"


class Naming(NamedTuple):
    """What stands before and after the name that a photo and its mask share."""

    image_prefix: str = ""
    image_suffix: str = ""
    mask_prefix: str = ""  # As `mask_` in `mask_cat.1.jpg`.
    mask_suffix: str = ""  # As `_mask` in `car_01_mask.gif`.


def match_files(
    images: str | Path, masks: str | Path, naming: Naming = Naming()
) -> tuple[dict[str, tuple[Path, Path]], list[str]]:
    """Match the photos of a folder with the masks of another one, or of the same, by name.

    Returns photo and mask by their common name, and a line for each file that is left out.
    """
    mask_files, mask_faults = _list_by_name(masks, naming.mask_prefix, naming.mask_suffix)
    in_one_folder = Path(images).resolve() == Path(masks).resolve()
    if in_one_folder and naming == Naming():  # A PNG is the mask of a JPEG of its name.
        mask_files = {
            key: [path for path in paths if path.suffix.lower() == ".png"]
            for key, paths in mask_files.items()
            if len(paths) == 2 and len({path.suffix.lower() for path in paths}) == 2
        }
    taken = {path for paths in mask_files.values() for path in paths} if in_one_folder else ()
    photos, faults = _list_by_name(images, naming.image_prefix, naming.image_suffix, taken)
    faults += [] if in_one_folder else mask_faults
    found = [(key, 1, paths) for key, paths in mask_files.items()]
    pairs, faults = _gather_files(photos, found, faults, images, naming)
    return {name: (photo, files[1]) for name, (photo, files) in pairs.items()}, faults


def match_class_files(
    images: str | Path, masks: str | Path, naming: Naming, class_names: Sequence[str]
) -> tuple[dict[str, tuple[Path, dict[int, Path]]], list[str]] | None:
    """Match photos with masks of one file a class, `masks/cat/NAME.png` or `NAME_cat.png`.

    Returns for each name the photo and its mask files by class id, and a line for each file that is
    left out; None where there are none of this kind.
    """
    affixes = naming.mask_prefix, naming.mask_suffix
    photos, faults = _list_by_name(images, naming.image_prefix, naming.image_suffix)
    files, mask_faults = _list_by_name(masks, *affixes)
    in_one_folder = Path(images).resolve() == Path(masks).resolve()
    if files.keys() & photos.keys() and not in_one_folder:
        return None  # A mask that has a photo's whole name is that photo's, whatever it ends in.
    ids = {_fold(name): number for number, name in enumerate(class_names)}
    if folders := _find_class_folders(Path(masks), ids, class_names):
        found = []
        for number, folder in folders.items():
            files, wrong = _list_by_name(folder, *affixes)
            faults += [f"{folder.name}/{fault}" for fault in wrong]
            found += [(key, number, paths) for key, paths in files.items()]
    else:
        found = [(*_split_class(key, ids, photos), paths) for key, paths in files.items()]
        if all(number is None for _, number, _ in found):
            return None
        if in_one_folder:
            found = [one for one in found if one[1] is not None]
            taken = {path for *_, paths in found for path in paths}
            photos = {
                key: [path for path in paths if path not in taken]
                for key, paths in photos.items()
                if not taken.issuperset(paths)
            }
        else:
            faults += mask_faults
    return _gather_files(photos, found, faults, images, naming)


def _gather_files(photos, found: Iterable[tuple], faults: list[str], images, naming: Naming):
    of_photos = defaultdict(lambda: defaultdict(list))
    for key, number, paths in found:
        of_photos[key][number] += paths
    pairs = {}
    for key, photo in photos.items():
        of_photo = of_photos.pop(key, {})
        of_photo.pop(0, None)  # What no other class covers is background, with a file or without.
        if doubled := [paths for paths in (photo, *of_photo.values()) if len(paths) > 1]:
            faults.append(f"{', '.join(path.name for path in doubled[0])}: share a name: move one")
        elif of_photo:
            mask_files = {number: paths[0] for number, paths in sorted(of_photo.items())}
            name = _shared_name(photo[0], images, naming.image_prefix, naming.image_suffix)
            pairs[name] = photo[0], mask_files
        else:
            faults.append(f"{photo[0].name}: no mask")
    alone = [path for rest in of_photos.values() for paths in rest.values() for path in paths]
    faults += [f"{path.parent.name}/{path.name}: no photo" for path in alone]
    return pairs, sorted(faults)


def _list_by_name(
    folder: str | Path, prefix: str, suffix: str, taken: Collection[Path] = ()
) -> tuple[dict[str, list[Path]], list[str]]:
    # Image files by their names in small letters, as cameras write IMG_1.JPG, programs img_1.png.
    files, faults, paths = defaultdict(list), [], list_files(folder)
    if not any(path.suffix.lower() in IMAGE_SUFFIXES for path in paths):
        paths = list_files(folder, below=True)
    for path in paths:
        stem = unicodedata.normalize("NFC", path.stem)
        if path in taken or path.name == CLASS_FILE:
            continue
        if path.suffix.lower() not in IMAGE_SUFFIXES:
            faults.append(f"{path.name}: no image file{advise_for(path)}")
        elif not (stem.startswith(prefix) and stem.endswith(suffix)):
            faults.append(f"{path.name}: not named {prefix}NAME{suffix}{path.suffix}")
        else:
            files[_shared_name(path, folder, prefix, suffix).casefold()].append(path)
    return dict(files), faults


def _shared_name(path: Path, folder: str | Path, prefix: str, suffix: str) -> str:
    # Some systems write an accent as a sign of its own; to a reader both are one name. In a folder
    # of folders a file goes by its folder's name, too.
    stem = unicodedata.normalize("NFC", path.stem)
    name = stem[len(prefix) : len(stem) - len(suffix)]
    return path.relative_to(folder).with_name(name).as_posix()


def _fold(name: str) -> str:
    return re.sub(r"[\s_.-]+", "_", unicodedata.normalize("NFC", name).casefold())


def _find_class_folders(masks: Path, ids: Mapping[str, int], class_names) -> dict[int, Path]:
    places = sorted(path for path in masks.iterdir() if path.is_dir() and _fold(path.name) in ids)
    folders = {ids[_fold(path.name)]: path for path in places}
    lacking = [name for number, name in enumerate(class_names) if number and number not in folders]
    if folders.keys() - {0} and lacking:
        raise ValueError(
            f"{masks} holds the folders {[path.name for path in places]}, expected one for each "
            f"class: {', '.join(lacking)} has none; name it so, or make an empty one if no photo "
            "shows it."
        )
    return folders if folders.keys() - {0} else {}


def _split_class(name: str, ids: Mapping[str, int], photos) -> tuple[str, int | None]:
    # The longest class first: "a_hot dog" before "dog", unless no photo is called so.
    for place, sign in enumerate(name):
        number = ids.get(_fold(name[place + 1 :])) if sign in " _-." else None
        if number is not None and name[:place] in photos:
            return name[:place], number
    return name, None


def lay_over(files: Mapping[int, Path], size, read_mask: Callable) -> np.ndarray:
    """Lay the masks of a photo's classes, 0, 1 and 255 for void, over each other by class id."""
    mask = np.zeros([*size, 1], np.uint8)
    for number, path in files.items():
        one = read_mask(path)
        if one.shape != mask.shape:
            found = "{1}x{0}, but its photo is {3}x{2}".format(*one.shape[:2], *size)
            raise ValueError(f"{path} is {found}")
        mask[one == 1] = number
        mask[one == VOID] = VOID
    return mask


def check_one_size(photo: Path, size: tuple[int, int], mask_size: tuple[int, int]) -> None:
    """Raise a `ValueError` unless a photo and its mask have one height and width."""
    if size != mask_size:
        found = "{1}x{0}, but its mask is {3}x{2}".format(*size, *mask_size)
        raise ValueError(f"{photo.name} is {found}: save both in one size, and load again")


def read_examples(
    pairs: Sequence[tuple],
    read_mask: Callable,
    image_size: int | tuple[int, int] | None,
    white: int | None,
) -> tf.data.Dataset:
    """Read photos and masks when they are asked for, on all cores, in the order of the pairs.

    From a pair's second part and the photo's size `read_mask` makes a mask uint8 [H, W, 1].
    """

    def read(number):
        photo, mask_source = pairs[number]
        image, size = load_shrunk(photo, image_size, white)
        mask = read_mask(mask_source, size)
        check_one_size(photo, size, mask.shape[:2])
        # A pixel of a photo decoded smaller stands for several of the mask's: for the middle one.
        shrunk = cv2.resize(mask, image.shape[1::-1], interpolation=cv2.INTER_NEAREST_EXACT)
        return image, shrunk[..., None]

    def example(number):
        image, mask = tf.numpy_function(read, [number], [tf.uint8] * 2)
        return tf.ensure_shape(image, [None, None, 3]), tf.ensure_shape(mask, [None, None, 1])

    return tf.data.Dataset.range(len(pairs)).map(example, num_parallel_calls=tf.data.AUTOTUNE)

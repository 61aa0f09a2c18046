"""Class files: masks of one file a class, or of a folder a class, found and laid on each other."""

import os
import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from unetlab.data.masks import VOID
from unetlab.data.pairs import Naming, files_by_name, find_partner, index_by_case
from unetlab.data.photos import IMAGE_SUFFIXES, list_files


class ClassFiles(NamedTuple):
    """Photos whose masks are a file for each class.

    Attributes:
        photos: by name, the photo and the mask file of each class id that there is one of.
        left_out: a line for each file that is not used.
        said: how they were found, in a few words.
    """

    photos: dict[str, tuple[Path, dict[int, Path]]]
    left_out: list[str]
    said: str


def find_class_files(
    images: str | Path, masks: str | Path, naming: Naming, class_names: Sequence[str]
) -> ClassFiles | None:
    """Find masks of one file a class: `masks/cat/NAME.png`, or `NAME_cat.png`.

    Args:
        images: the photos' folder.
        masks: the masks' folder, which may be the same.
        naming: as in `load_folder`, of what is left when the class is taken off.
        class_names: the class ids' meanings; capitals, and what stands between words, may differ
            in the files' names.

    Returns:
        A `ClassFiles`, or None where no file or folder is named so.

    Raises:
        FileNotFoundError: a folder does not exist.
        ValueError: they could be masks of one class each or of all, or a class has no folder.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     for name in ("a.jpg", "a_cat.png", "a_dog.png"):
        ...         Path(folder, name).touch()
        ...     found = find_class_files(folder, folder, Naming(), ("ground", "cat", "dog"))
        >>> [path.name for path in found.photos["a"][1].values()]
        ['a_cat.png', 'a_dog.png']
    """
    images, masks = Path(images), Path(masks)
    photos, faults = files_by_name(images, naming.image_prefix, naming.image_suffix)
    numbers = {_fold(name): number for number, name in enumerate(class_names)}
    if folders := _find_folders(masks, numbers):
        _check_folders(images, masks, folders, class_names)
        files = {number: files_by_name(folder, naming.mask_prefix, naming.mask_suffix)
                 for number, folder in sorted(folders.items())}  # fmt: skip
        faults += [
            f"{folders[i].name}/{fault}" for i, (_, found) in files.items() for fault in found
        ]
        said = "a folder a class"
        return _gather(photos, {i: found for i, (found, _) in files.items()}, faults, said)
    files, mask_faults = files_by_name(masks, naming.mask_prefix, naming.mask_suffix)
    index = index_by_case(photos)
    split = {name: _split_class(name, numbers, index) for name in files}
    split = {name: found for name, found in split.items() if found}
    if images.resolve() == masks.resolve():
        taken = {path for name in split for path in files[name]}
        photos = {name: [path for path in found if path not in taken]
                  for name, found in photos.items()}  # fmt: skip
        photos = {name: found for name, found in photos.items() if found}
    else:
        # A mask that has a photo's whole name is that photo's, whatever it ends in.
        split = {name: found for name, found in split.items() if name not in photos}
        faults += mask_faults
        if whole := [name for name in files if name in photos and split]:
            _refuse_both(files[whole[0]][0].name, files[next(iter(split))][0].name)
    if not split:
        return None
    by_class = {number: {} for number in range(len(class_names))}
    for name, (photo, number) in split.items():
        by_class[number].setdefault(photo, []).extend(files[name])
    if images.resolve() != masks.resolve():
        faults += [f"{path.name}: no photo" for name in files.keys() - split.keys()
                   for path in files[name]]  # fmt: skip
    return _gather(photos, by_class, faults, "one file a class")


def _fold(name: str) -> str:
    return re.sub(r"[\s_.-]+", "_", unicodedata.normalize("NFC", name).casefold())


def _find_folders(masks: Path, numbers: Mapping[str, int]) -> dict[int, Path]:
    if not masks.is_dir():
        return {}  # Said where its files are listed.
    with os.scandir(masks) as entries:
        folders = sorted(entry.name for entry in entries if entry.is_dir())
    found = {numbers[_fold(name)]: masks / name for name in folders if _fold(name) in numbers}
    return found if set(found) - {0} else {}


def _check_folders(images: Path, masks: Path, folders: Mapping[int, Path], class_names) -> None:
    inside = [path for path in list_files(masks) if path.suffix.lower() in IMAGE_SUFFIXES]
    if inside and images.resolve() != masks.resolve():
        _refuse_both(inside[0].name, f"{next(iter(folders.values())).name}/")
    lacking = [name for number, name in enumerate(class_names) if number and number not in folders]
    if lacking:
        raise ValueError(
            f"{masks} holds the folders {[path.name for path in folders.values()]}, expected one "
            f"for each class: {', '.join(lacking)} has none; name it so, or make an empty one if "
            "no photo shows it."
        )


def _refuse_both(whole: str, part: str) -> None:
    raise ValueError(
        f"the masks' folder holds {whole}, a mask of all classes, and {part}, masks of one class, "
        "expected one kind: move the others to a folder of their own."
    )


def _split_class(name: str, numbers: Mapping[str, int], index) -> tuple[str, int] | None:
    # The longest class first: "a_hot dog" before "dog", unless no photo is called so.
    for place, sign in enumerate(name):
        number = numbers.get(_fold(name[place + 1 :])) if sign in " _-." else None
        if number is not None and (photo := find_partner(name[:place], index)) is not None:
            return photo, number
    return None


def _gather(photos, by_class, faults: list[str], said: str) -> ClassFiles:
    gathered, used, own = {}, set(), index_by_case(photos)
    indices = {number: index_by_case(files) for number, files in by_class.items()}
    for name, found in photos.items():
        partners = {number: find_partner(name, index, own) for number, index in indices.items()}
        of_photo = {number: by_class[number][partner]
                    for number, partner in partners.items() if partner is not None}  # fmt: skip
        used |= {(number, partners[number]) for number in of_photo}
        of_photo.pop(0, None)  # What no other class covers is background, with a file or without.
        doubled = [paths for paths in (found, *of_photo.values()) if len(paths) > 1]
        if doubled:
            faults.append(f"{', '.join(path.name for path in doubled[0])}: share a name")
        elif not of_photo:
            faults.append(f"{found[0].name}: no mask")
        else:
            gathered[name] = found[0], {number: paths[0] for number, paths in of_photo.items()}
    faults += [
        f"{path.parent.name}/{path.name}: no photo"
        for number, files in by_class.items()
        for name, paths in files.items()
        if (number, name) not in used
        for path in paths
    ]
    return ClassFiles(gathered, sorted(faults), said)


def lay_over(
    files: Mapping[int, str | Path], read_mask: Callable[[str | Path], np.ndarray]
) -> np.ndarray:
    """Lay the masks of the classes of a photo over each other, later classes on top.

    Args:
        files: the mask file of each class id.
        read_mask: from a file to a mask of the one class, 0, 1 and 255 for void.

    Returns:
        uint8 [H, W, 1]: class ids; 0 where no class is, 255 where void is on top.

    Raises:
        ValueError: the masks differ in size, or one cannot be read.

    Example:
        >>> masks = {"cat": np.uint8([[[1], [1], [0]]]), "dog": np.uint8([[[0], [1], [0]]])}
        >>> lay_over({1: "cat", 2: "dog"}, masks.get).ravel().tolist()
        [1, 2, 0]
    """
    mask = None
    for number, path in sorted(files.items()):
        one = read_mask(path)
        if mask is None:
            mask, first = np.zeros_like(one), path
        if one.shape != mask.shape:
            sizes = ["{1}x{0}".format(*part.shape[:2]) for part in (one, mask)]
            raise ValueError(f"{path} is {sizes[0]}, but {Path(first).name} is {sizes[1]}")
        mask[one == 1] = number
        mask[one == VOID] = VOID
    return mask

"""Photos and masks in two folders of any kind: which belong together, and which do not.

Taught in: notebooks/03_chair_extraction.ipynb
"""

import unicodedata
from pathlib import Path
from typing import NamedTuple

from unetlab.files import IMAGE_SUFFIXES


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

    Taught in: notebooks/03_chair_extraction.ipynb
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

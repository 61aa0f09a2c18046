"""Photos with masks in folders: find the pairs, leave out the bad ones, split them by subject.

Taught in: notebooks/02_carvana_masking.ipynb
"""

import re
from pathlib import Path
from typing import NamedTuple

import numpy as np
from PIL import Image

# The last bytes of a whole file, by the format that Pillow finds in it.
ENDINGS = {"JPEG": b"\xff\xd9", "GIF": b"\x3b"}


class PhotoPair(NamedTuple):
    """A photo and its mask.

    Attributes:
        name: the photo's file name without its suffix.
        image_path: the photo, a JPEG.
        mask_path: its mask, a GIF of the same size.
    """

    name: str
    image_path: str
    mask_path: str


def find_pairs(image_folder: str | Path, mask_folder: str | Path) -> list[PhotoPair]:
    """List the photos `NAME.jpg` with their masks `NAME_mask.gif`, without the bad pairs.

    Only the headers and the last bytes are read. How many pairs are bad, and the first of them
    with what is wrong, is printed in one line.

    Args:
        image_folder: the folder of the photos.
        mask_folder: the folder of the masks.

    Returns:
        The good pairs by name.

    Raises:
        ValueError: there is no good pair.

    Example:
        >>> find_pairs("/nowhere", "/nowhere")
        Traceback (most recent call last):
        ...
        ValueError: /nowhere holds no photo, expected NAME.jpg with NAME_mask.gif in /nowhere; ...

    Taught in: notebooks/02_carvana_masking.ipynb
    """
    pairs, faults = [], []
    photos = sorted(
        path for path in Path(image_folder).glob("*") if path.suffix.lower() in (".jpg", ".jpeg")
    )
    for photo in photos:
        mask = Path(mask_folder) / f"{photo.stem}_mask.gif"
        fault = find_fault(photo, mask)
        if fault:
            faults.append(fault)
        else:
            pairs.append(PhotoPair(photo.stem, str(photo), str(mask)))
    first = "; ".join(faults[:3]) + ("; ..." if faults[3:] else "")
    if not pairs:
        found = f"{len(photos)} photos without a good mask ({first})" if photos else "no photo"
        raise ValueError(
            f"{image_folder} holds {found}, expected NAME.jpg with NAME_mask.gif in {mask_folder}; "
            "unpack the archives again, or give another folder."
        )
    if faults:
        print(f"Left out {len(faults)} of {len(photos)} photos in {image_folder}: {first}.")
    return pairs


def find_fault(image_path: str | Path, mask_path: str | Path) -> str:
    """Say what is wrong with a photo and its mask, as far as their headers and ends tell.

    Args:
        image_path: the photo, which should be a JPEG.
        mask_path: the mask, which should be a GIF of the same size.

    Returns:
        What is wrong, with the file's name; "" where nothing is.

    Example:
        >>> find_fault("/nowhere/a.jpg", "/nowhere/a_mask.gif")
        'a.jpg is missing'

    Taught in: notebooks/02_carvana_masking.ipynb
    """
    sizes = []
    for path, kind in ((Path(image_path), "JPEG"), (Path(mask_path), "GIF")):
        if not path.is_file():
            return f"{path.name} is missing"
        try:
            with Image.open(path) as image:
                if image.format != kind:
                    return f"{path.name} is a {image.format}, not a {kind}"
                sizes.append("{}x{}".format(*image.size))
                # Some programs write more after the end, so only decoding tells those apart.
                if not _ends_with(path, ENDINGS[kind]):
                    image.load()
        except Exception:  # Pillow's decoders raise many kinds.
            return f"{path.name} ({path.stat().st_size} bytes) cannot be decoded"
    if sizes[0] != sizes[1]:
        return f"{Path(image_path).name} is {sizes[0]}, but its mask is {sizes[1]}"
    return ""


def _ends_with(path: Path, ending: bytes) -> bool:
    with path.open("rb") as file:
        file.seek(-len(ending), 2)
        return file.read() == ending


def split_by_subject(names, share: float = 0.2, seed: int = 0) -> tuple[list[str], list[str]]:
    """Split photos so that no subject is in both parts: `car7_01` and `car7_02` stay together.

    Views of one subject share its looks, so a test that holds some of them tests memory.

    Args:
        names: names of the photos, `SUBJECT_NN`; a name without a number is its own subject.
        share: the share of the subjects in the second part, in 0..1, at least one in each part.
        seed: seed of the choice; it does not depend on the order of the names.

    Returns:
        The names of either part: subjects in random order, each one's photos in a row, so that a
        first part of either can be taken without parting a subject.

    Raises:
        ValueError: `share` is not between 0 and 1, or there are fewer than two subjects.

    Example:
        >>> train, test = split_by_subject(["a_01", "a_02", "b_01", "b_02"], share=0.5)
        >>> train, test
        (['b_01', 'b_02'], ['a_01', 'a_02'])

    Taught in: notebooks/02_carvana_masking.ipynb
    """
    if not 0 < share < 1:
        raise ValueError(f"share is {share}, expected more than 0 and less than 1: try 0.2.")
    names = sorted(names)
    subjects = sorted({_subject(name) for name in names})
    if len(subjects) < 2:
        raise ValueError(
            f"{len(names)} photos show {len(subjects)} subjects, expected two or more: a "
            "subject cannot be trained on and tested on."
        )
    subjects = np.random.default_rng(seed).permutation(subjects).tolist()
    count = min(max(round(share * len(subjects)), 1), len(subjects) - 1)
    place = {subject: number for number, subject in enumerate(subjects)}
    ordered = sorted(names, key=lambda name: place[_subject(name)])
    return (
        [name for name in ordered if place[_subject(name)] >= count],
        [name for name in ordered if place[_subject(name)] < count],
    )


def _subject(name: str) -> str:
    return re.sub(r"_\d+$", "", name)

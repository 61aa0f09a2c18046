"""Which photo a drawing is of: names as other machines wrote them, looked for in one folder."""

import re
import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path, PurePosixPath

from unetlab.annotations.shapes import Drawing
from unetlab.data import IMAGE_SUFFIXES


def _fold(name: str) -> str:
    # Systems differ in how they write an accent, cameras and programs in capitals.
    return unicodedata.normalize("NFC", name).casefold()


def index_photos(folder: Path) -> dict[str, list[Path]]:
    """List the photos of a folder and of those inside it, by all the names they may go by.

    These are the path within the folder, the name, and the name without ending.
    """
    index = {}
    for path in sorted(folder.rglob("*")):
        if path.suffix.lower() in IMAGE_SUFFIXES and path.name[0] != ".":
            inside = path.relative_to(folder).as_posix()
            for key in {inside, path.name, path.stem}:
                index.setdefault(_fold(key), []).append(path)
    return index


def find_photo(name: str, index: Mapping[str, Sequence[Path]]) -> Path:
    """Find the photo that a file names, and never one outside the photos' folder."""
    inside = PurePosixPath(_fold(name).replace("\\", "/"))
    last = inside.name
    # Label Studio puts eight signs of its own in front of a photo that was uploaded.
    own = re.sub(r"^[0-9a-f]{8}-", "", last)
    stems = [key.removesuffix(PurePosixPath(key).suffix) for key in (last, own)
             if key.endswith(IMAGE_SUFFIXES)]  # fmt: skip
    # The index knows no path that leaves the folder: "/a" and "../a" are not among its keys.
    for key in (str(inside), last, own, *stems):
        if len(found := index.get(key, ())) == 1:
            return found[0]
        if found:
            raise ValueError(f"{name}: {len(found)} photos have this name")
    raise ValueError(f"{name}: no photo of this name")


def match_photos(
    drawings: Sequence[Drawing], images: Path
) -> tuple[dict[str, tuple[Path, Drawing]], list[str]]:
    """Match drawings with the photos that they name.

    Returns photo and drawing by the photo's name, and a line for each file that was left out.
    """
    index, drawings_of, faults = index_photos(images), {}, []
    for drawing in drawings:
        try:
            drawings_of.setdefault(find_photo(drawing.image, index), []).append(drawing)
        except ValueError as error:
            faults.append(f"{error}")
    for path in sorted({path for paths in index.values() for path in paths}):
        found = drawings_of.get(path, [])
        fault = next((one.fault for one in found if one.fault), "")
        if len(found) != 1:
            said = f"{len(found)} sets of shapes name this photo" if found else "no shapes"
            fault = f"{path.name}: {said}"
        if fault:
            faults.append(fault)
            drawings_of.pop(path, None)
    stems = Counter(path.stem for path in drawings_of)
    photos = {}
    for path, (drawing,) in drawings_of.items():
        name = path.stem if stems[path.stem] == 1 else path.relative_to(images).as_posix()
        photos[name] = path, drawing
    return photos, faults

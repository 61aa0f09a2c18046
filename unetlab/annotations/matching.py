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

    Args:
        folder: the photos' folder.

    Returns:
        The photos by path within the folder, by name, and by name without ending.

    Example:
        >>> index_photos(Path("/nowhere"))
        {}
    """
    index = {}
    for path in sorted(folder.rglob("*")):
        if path.suffix.lower() in IMAGE_SUFFIXES and path.name[0] != ".":
            inside = path.relative_to(folder).as_posix()
            for key in {inside, path.name, path.stem}:
                index.setdefault(_fold(key), []).append(path)
    return index


def find_photo(name: str, index: Mapping[str, Sequence[Path]]) -> Path:
    """Find the photo that a file names, and never one outside the photos' folder.

    Args:
        name: as the file writes it; a path of Windows or another machine is fine.
        index: the photos by path within the folder, name, and name without ending.

    Returns:
        The photo's path.

    Raises:
        ValueError: there is none, or more than one.

    Example:
        >>> find_photo(r"C:\\photos\\A.jpg", {"a.jpg": [Path("a.jpg")]}).name
        'a.jpg'
    """
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

    Args:
        drawings: of all files.
        images: the photos' folder.

    Returns:
        Photo and drawing by the photo's name, and what was left out, a line for each file.

    Example:
        >>> match_photos([Drawing("a.jpg")], Path("/nowhere"))
        ({}, ['a.jpg: no photo of this name'])
    """
    index, matched, faults = index_photos(images), {}, []
    named = set()
    for drawing in drawings:
        try:
            path = find_photo(drawing.image, index)
        except ValueError as error:
            faults.append(f"{error}")
            continue
        named.add(path)
        if drawing.fault:
            faults.append(drawing.fault)
        else:
            matched.setdefault(path, []).append(drawing)
    for path in [path for path, found in matched.items() if len(found) > 1]:
        faults.append(f"{path.name}: {len(matched.pop(path))} sets of shapes name this photo")
    unnamed = {path for paths in index.values() for path in paths} - named
    faults += [f"{path.name}: no shapes" for path in sorted(unnamed)]
    stems = Counter(path.stem for path in matched)
    photos = {}
    for path, (drawing,) in matched.items():
        name = path.stem if stems[path.stem] == 1 else path.relative_to(images).as_posix()
        photos[name] = path, drawing
    return photos, faults

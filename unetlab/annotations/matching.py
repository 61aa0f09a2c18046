"""Which photo a drawing is of: names as other machines wrote them, looked for in one folder."""

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from pathlib import Path, PurePath, PurePosixPath

from unetlab.annotations.exports import bare_name
from unetlab.annotations.shapes import Drawing
from unetlab.data import IMAGE_SUFFIXES, PARTS, find_part


def _fold(name: str) -> str:
    # Systems differ in how they write an accent, cameras and programs in capitals.
    return unicodedata.normalize("NFC", name).casefold()


def places_of(path: PurePath, folder: PurePath) -> list[str]:
    """List the folders around a file, from the innermost to one just inside `folder`.

    What is named like a part of a split goes by the part's name: "train2017" is "train".
    """
    inside = path.relative_to(folder) if path.is_relative_to(folder) else PurePath()
    return [find_part(name) or _fold(name) for name in inside.parts[-2::-1]]


def find_subset(places: Sequence[str]) -> str:
    """Return the first of some folders that is a part of a split, or ""."""
    return next((name for name in places if name in PARTS), "")


def _names(path: str, bare: str = "") -> list[str]:
    """List the names that a photo may go by, the longest first, with and without an ending."""
    # Parts above the folder are in no index: "/a" and "../a" find nothing, "a" may.
    parts = PurePosixPath(_fold(path).replace("\\", "/")).parts or ("",)
    names = ["/".join(parts[place:]) for place in range(len(parts))]
    # Label Studio puts eight signs and a hyphen before an upload, and rewrites its name.
    names.append(re.sub("^[0-9a-f]{8}(?=-)", "", parts[-1]))
    ended = [name for name in names if name.endswith(IMAGE_SUFFIXES)]
    names += [name.removesuffix(PurePosixPath(name).suffix) for name in ended]
    return [*names, f"~{_fold(bare)}"] if bare else names


class PhotoIndex:
    """Photos by all the names that they may go by, and the folders that each is in."""

    def __init__(self, photos: Sequence[Path], folder: Path, subsets: Sequence[str] = ()):
        self.places = {path: {*places_of(path, folder)} for path in photos}
        self.subsets, self.photos = {*PARTS, *subsets}, {}
        for path in photos:
            name = path.relative_to(folder).as_posix()
            rewritten = re.sub(r"[^-\w.]", "", path.name.strip().replace(" ", "_"))
            for key in {*_names(name, bare_name(path)), *_names(f"-{rewritten}")}:
                self.photos.setdefault(key, []).append(path)

    def find(self, drawing: Drawing, places: Sequence[str] = ()) -> Path:
        """Find the photo that a drawing names, and never one of another subset.

        Of several, it is the one with most folders in common with these.
        """
        own = {drawing.subset} - {""}
        near, others = own.union(places), self.subsets - own if own else set()
        # Only a mask's name may say so.
        is_mask = drawing.file.suffix.lower() in IMAGE_SUFFIXES
        for name in _names(drawing.image, bare_name(drawing.file) if is_mask else ""):
            shared = {
                path: len(near & self.places[path])
                for path in self.photos.get(name, ())
                if own & self.places[path] or not others & self.places[path]
            }
            found = [path for path in shared if shared[path] == max(shared.values())]
            if len(found) == 1:
                return found[0]
            if found:
                said = f"{len(found)} photos have this name: rename all but one"
                raise ValueError(f"{drawing.image}: {said}")
        where = f" in {drawing.subset!r}" if drawing.subset else ""
        raise ValueError(
            f"{drawing.image}: no photo of this name{where}: give its folder as images"
        )


def _subset_of(drawing: Drawing, source: Path, is_one_of_several: bool) -> str:
    # What the tool says, else the file's folders, its name if there are several, or the photo's.
    if drawing.subset:
        return find_part(drawing.subset) or _fold(drawing.subset)
    name = find_part(drawing.file.stem) if is_one_of_several else ""
    named = places_of(PurePosixPath(drawing.image.replace("\\", "/")), PurePosixPath())
    return find_subset([*places_of(drawing.file, source), name, *named])


def match_photos(
    drawings: Sequence[Drawing], photos: Sequence[Path], images: Path, source: Path
) -> tuple[dict[str, tuple[Path, Drawing]], list[str]]:
    """Match drawings with the photos that they name.

    Returns photo and drawing by the photo's name, and a line for each file that was left out.
    """
    counts = Counter(drawing.file for drawing in drawings)
    many = {file for file in counts if counts[file] > 1 and len(counts) > 1}
    drawings = [
        drawing._replace(subset=_subset_of(drawing, source, drawing.file in many))
        for drawing in drawings
    ]
    index = PhotoIndex(photos, images, [one.subset for one in drawings if one.subset])
    drawings_of, faults = {}, []
    for drawing in drawings:
        try:
            path = index.find(drawing, places_of(drawing.file, source))
            drawings_of.setdefault(path, []).append(drawing)
        except ValueError as error:
            faults.append(f"{error}")
    for path in photos:
        found = drawings_of.get(path, [])
        fault = next((one.fault for one in found if one.fault), "")
        if len(found) != 1:
            said = f"{len(found)} sets of shapes name this photo: take one out"
            fault = f"{path.name}: {said if found else 'no shapes'}"
        if fault:
            faults.append(fault)
            drawings_of.pop(path, None)
    # All named one way, or `a_01` and `front/a_02.jpg` would not be told for views of one subject.
    are_distinct = len({path.stem for path in drawings_of}) == len(drawings_of)
    matched = {
        path.stem if are_distinct else path.relative_to(images).as_posix(): (path, drawing)
        for path, (drawing,) in drawings_of.items()
    }
    return matched, faults

"""Which photo a drawing is of: names as other machines wrote them, looked for in one folder."""

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from pathlib import Path, PurePosixPath

from unetlab.annotations.exports import bare_name, find_subset, folders_of
from unetlab.annotations.shapes import Drawing
from unetlab.data import IMAGE_SUFFIXES, find_part


def _fold(name: str) -> str:
    # Systems differ in how they write an accent, cameras and programs in capitals.
    return unicodedata.normalize("NFC", name).casefold()


def _without_ending(name: str) -> str:
    return name.removesuffix(PurePosixPath(name).suffix) if name.endswith(IMAGE_SUFFIXES) else name


class PhotoIndex:
    """Photos by all the names that they may go by: their paths' ends, with and without ending."""

    def __init__(self, paths: Sequence[Path], folder: Path, drawings: Sequence[Drawing] = ()):
        self.folders = {path: [*map(_fold, folders_of(path, folder))] for path in paths}
        self.subsets = {_fold(drawing.subset) for drawing in drawings}
        self.paths = {}
        for path in paths:
            names = _ends(_fold(path.relative_to(folder).as_posix()))
            # Label Studio puts eight signs and a hyphen before an upload, and rewrites its name.
            names.append("-" + re.sub(r"[^-\w.]", "", _fold(path.name).strip().replace(" ", "_")))
            for name in {*names, *map(_without_ending, names), _fold(bare_name(path))}:
                self.paths.setdefault(name, []).append(path)

    def find(self, drawing: Drawing, place: Sequence[str] = ()) -> Path:
        """Find the photo that a drawing names, and never one of another subset.

        Of several, it is the one with most folders in common with `place`.
        """
        names = _ends(_fold(drawing.image).replace("\\", "/"))
        names.append(re.sub("^[0-9a-f]{8}(?=-)", "", names[-1]))
        names += [*map(_without_ending, names), _fold(bare_name(drawing.file))]
        near = {_fold(name) for name in (*place, drawing.subset)}
        for name in names:
            found = [path for path in self.paths.get(name, ()) if self._fits(drawing.subset, path)]
            shared = {path: len(near.intersection(self.folders[path])) for path in found}
            found = [path for path in found if shared[path] == max(shared.values())]
            if len(found) == 1:
                return found[0]
            if found:
                said = f"{len(found)} photos have this name: rename all but one"
                raise ValueError(f"{drawing.image}: {said}")
        where = f" in {drawing.subset}" if drawing.subset else ""
        said = f"no photo of this name{where}: give its folder as images"
        raise ValueError(f"{drawing.image}: {said}")

    def _fits(self, subset: str, path: Path) -> bool:
        folders = self.folders[path]
        if not subset or _fold(subset) in folders:
            return True
        parts = find_part(subset), find_part(find_subset(folders))
        return parts[0] == parts[1] if all(parts) else not self.subsets.intersection(folders)


def _ends(path: str) -> list[str]:
    # The index knows no path that leaves the folder: "/a" and "../a" are not among its names.
    parts = PurePosixPath(path).parts
    return ["/".join(parts[place:]) for place in range(len(parts))]


def _subset_of(drawing: Drawing, source: Path, is_of_many: bool) -> str:
    # What the tool says, else the file's folders, its name if it is of many photos, or theirs.
    places = folders_of(drawing.file, source), (drawing.file.stem,) * is_of_many
    places += (PurePosixPath(drawing.image.replace("\\", "/")).parts[-2::-1],)
    return drawing.subset or find_subset(sum(places, ()))


def match_photos(
    drawings: Sequence[Drawing], photos: Sequence[Path], images: Path, source: Path
) -> tuple[dict[str, tuple[Path, Drawing]], list[str]]:
    """Match drawings with the photos that they name.

    Returns photo and drawing by the photo's name, and a line for each file that was left out.
    """
    counts = Counter(drawing.file for drawing in drawings)
    drawings = [drawing._replace(subset=_subset_of(drawing, source, counts[drawing.file] > 1))
                for drawing in drawings]  # fmt: skip
    index, drawings_of, faults = PhotoIndex(photos, images, drawings), {}, []
    for drawing in drawings:
        try:
            path = index.find(drawing, folders_of(drawing.file, source))
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
    stems = Counter(path.stem for path in drawings_of)
    matched = {}
    for path, (drawing,) in drawings_of.items():
        name = path.stem if stems[path.stem] == 1 else path.relative_to(images).as_posix()
        matched[name] = path, drawing
    return matched, faults

"""What a folder holds as it was unzipped: shapes or masks, the classes' names, and a split."""

import os
import re
from pathlib import Path, PurePath

from unetlab.annotations.yolo import NAME_FILES, find_names
from unetlab.data import (
    CLASS_FILE,
    IMAGE_SUFFIXES,
    PART_WORDS,
    MaskCoding,
    find_mask_coding,
    find_part,
    list_files,
)

# What colours or numbers mean, as CVAT, many public sets, and Roboflow write it.
TABLES = re.compile(rf"(?i)label_?map\.txt|.*class(es|_dict\w*)?\.csv|{CLASS_FILE}")
SHAPES = ".json", ".xml", ".csv", ".txt"
NO_SHAPES = {*NAME_FILES, "notes.json", "labels.txt", "README.txt"}
NO_SHAPES |= {"README.dataset.txt", "README.roboflow.txt"}
NO_PHOTOS = {"SegmentationObject", "SegmentationClassVisualization"}
# Folders are of masks or of photos; where none says so, files may: "a_mask.png" and "a_sat.jpg".
FOLDERS = re.compile(
    r"(?i)(?P<masks>(.*[ _-])?(masks?|labels?|gt|ground_?truth)|.*annot(ations?)?|"
    r"segmentationclass.*)|(.*[ _-])?(jpeg)?(images?|imgs?|photos?)"
)
MASK_AFFIX = re.compile(r"(?i)^(mask|label|seg)[ _-]|[ _-](masks?|labels?|seg(mentation)?|gt|l)$")
PHOTO_AFFIX = re.compile(r"(?i)[ _-](sat|images?|img|photo)$")


def look_through(source: Path, images: Path) -> tuple[list, list[Path], Path | None, dict]:
    """Find the files of an export by their names, in a folder or one alone.

    Returns what may hold shapes, one kind after the other; the masks; the file that says what these
    hold; and of photos by name the part of the split, where lists say it.
    """
    files = list_files(source, below=True) if source.is_dir() else [source]
    masks = _find_masks(source, images)
    beside = source.parent.glob("*") if masks and images != source else ()
    tables = [path for path in [*files, *beside] if TABLES.fullmatch(path.name)]
    table = next(iter(tables), None)
    lists = [
        path
        for path in [*files, *source.parent.glob("ImageSets/*/*.txt")]
        if path.suffix == ".txt"
        and ("ImageSets" in path.parts or path.stem.casefold() in PART_WORDS)
    ]
    is_voc = any("segmentationclass" in path.parent.name.lower() for path in masks)
    if is_voc or (masks and table and table.name != CLASS_FILE):
        return [], masks, table, _read_lists(lists)
    others = NO_SHAPES.union(path.name for path in lists + tables)
    files = [path for path in files if path.name not in others]
    kinds = [[path for path in files if path.suffix.lower() == suffix] for suffix in SHAPES]
    # COCO's own captions and key points are of the same photos.
    kinds[0] = [path for path in kinds[0] if path.stem.startswith("instances")] or kinds[0]
    kinds[3] = kinds[3] if any(path.read_bytes()[:1].isdigit() for path in kinds[3]) else []
    return [paths for paths in kinds if paths], masks, table, _read_lists(lists)


def list_pictures(folder: Path) -> list[Path]:
    """List the pictures below a folder, but not what only shows single objects or overlays."""
    return [
        path
        for path in list_files(folder, below=True)
        if path.suffix.lower() in IMAGE_SUFFIXES and not NO_PHOTOS.intersection(path.parts)
    ]


def _find_masks(source: Path, images: Path) -> list[Path]:
    # All pictures of a folder of its own, else those that are named so.
    pictures = list_pictures(source)
    if not pictures or not images.resolve().is_relative_to(source.resolve()):
        return pictures
    # A folder around all of it says nothing, unless there are no photos in it.
    top = Path(os.path.commonpath(path.parent for path in pictures))
    masks = [path for path in pictures if _is_mask(path, top)]
    return masks or [path for path in pictures if _is_mask(path, source)]


def _is_mask(path: Path, top: Path) -> bool:
    folders = map(FOLDERS.fullmatch, path.relative_to(top).parts[-2::-1])
    told = [found["masks"] for found in folders if found]
    return bool(told[0] if told else MASK_AFFIX.search(path.stem))


def bare_name(path: PurePath) -> str:
    """Return the name that a photo and its mask share: "a" of "a_sat.jpg" and "a_mask.png"."""
    return PHOTO_AFFIX.sub("", MASK_AFFIX.sub("", path.stem))


def _read_lists(lists: list[Path]) -> dict[str, str]:
    parts = {}
    for path in [path for path in lists if path.parent.name == "Segmentation"] or lists:
        if part := find_part(path.stem):
            lines = map(str.strip, path.read_text(encoding="utf-8-sig").splitlines())
            parts |= {PurePath(line).name: part for line in lines}
    return {_without_suffix(name): part for name, part in parts.items()}


def _without_suffix(name: str) -> str:
    is_picture = name.lower().endswith(IMAGE_SUFFIXES)
    return name.removesuffix(PurePath(name).suffix) if is_picture else name


def read_classes(source: Path, masks, table: Path | None, class_names) -> tuple[tuple, MaskCoding]:
    """Read the names of the classes, and how masks are coded."""
    if table is None:
        names = class_names or find_names(source) or ("background", "subject")
        try:
            return tuple(names), find_mask_coding(masks, names)
        except ValueError as error:
            raise ValueError(f"{error} load_folder takes these arguments.") from error
    if class_names and table.name == CLASS_FILE:
        return tuple(class_names), MaskCoding(ids=range(len(class_names)))
    rows = _read_rows(table)
    void = [rows.pop(name) for name in [*rows] if name.casefold() in ("void", "ignore")]
    names = class_names or sorted(rows, key=lambda name: name.casefold() != "background")
    if {*names} != {*rows}:
        raise ValueError(f"{table} names {', '.join(rows)}: leave class_names out, or name these.")
    values = [rows[name] for name in names]
    if len(values[0]) == 1:
        return tuple(names), MaskCoding(ids=[number for (number,) in values])
    return tuple(names), MaskCoding(colours=values, void_colour=void[0] if void else None)


def _read_rows(table: Path) -> dict[str, tuple[int, ...]]:
    # A class a line, with its colour or its number, in whatever order and between whatever signs.
    lines, rows = table.read_text(encoding="utf-8-sig").splitlines(), {}
    if table.name == CLASS_FILE:
        return {name: (number,) for number, name in enumerate(lines)}
    for line in lines:
        cells = [cell.strip() for cell in re.split("[:,;\t]", line.partition("#")[0])]
        numbers = tuple(int(cell) for cell in cells if cell.isdigit())
        numbers = numbers[-3:] if cells[0].isdigit() else numbers  # The first may only count.
        names = [cell for cell in cells if cell and not cell.isdigit()]
        if names and len(numbers) in (1, 3):
            rows[names[0]] = numbers
    if len(rows) < 2 or len({*map(len, rows.values())}) > 1:
        raise ValueError(
            f"{table} gives no two classes a colour or a number each: export it again."
        )
    return rows

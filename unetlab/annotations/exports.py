"""What a folder holds as it was unzipped: shapes or masks, the classes' names, and a split."""

import re
from contextlib import suppress
from pathlib import Path, PurePosixPath

from unetlab.annotations.yolo import find_names
from unetlab.data import (
    IMAGE_SUFFIXES,
    PART_WORDS,
    MaskCoding,
    find_part,
    list_below,
    read_mask_file,
)

CLASS_FILE = "class_names.txt"  # Written by save_annotations beside masks, and by labelme.
# What colours or numbers mean, as CVAT, many public sets, and Roboflow write it.
TABLES = "labelmap.txt", "class_dict.csv", "_classes.csv", CLASS_FILE
KINDS = ".json", ".xml", ".csv", ".txt"


def _pattern(words: str) -> re.Pattern:
    return re.compile(words, re.IGNORECASE)


NO_SHAPES = _pattern(r"notes\.json|(readme|licen[sc]e).*|(.*classes|labels|obj)\.(txt|data|names)")
NEITHER = _pattern(r"segmentation(object|.*(visuali[sz]|npy).*)|overlays?|instances?")
MASKS = _pattern(r"(.*[ _-])?(masks?|labels?|gt|ground_?truth)|.*annot(ations?)?|"
                 r"segmentationclass\w*")  # fmt: skip
PHOTOS = _pattern(r"(jpeg)?(images?|imgs?|photos?)")
MASK_AFFIX = _pattern(r"^(mask|label|seg)[ _-]|[ _-](masks?|labels?|seg|gt|l)$")
PHOTO_AFFIX = _pattern(r"[ _-](sat|images?|img|photo)$")
VOID_NAMES = "void", "ignore", "__ignore__"


def folders_of(path: Path, folder: Path) -> tuple[str, ...]:
    """List the folders around a file, from the innermost to one just inside `folder`."""
    inside = path.relative_to(folder) if path.is_relative_to(folder) else Path()
    return inside.parts[-2::-1]


def find_subset(folders: tuple[str, ...]) -> str:
    """Find the innermost folder that is named like a part of a split, or ""."""
    return next((name for name in folders if find_part(name)), "")


def find_shapes(source: Path) -> list[list[Path]]:
    """Find the files that may hold shapes, those of one kind together."""
    if source.is_file():
        return [[source]]
    files = [path for path in list_below(source)
             if not (NO_SHAPES.fullmatch(path.name) or path.name in TABLES or _is_list(path))
             ]  # fmt: skip
    kinds = [[path for path in files if path.suffix.lower() == suffix] for suffix in KINDS]
    # COCO's own captions and key points are of the same photos.
    kinds[0] = [path for path in kinds[0] if path.stem.startswith("instances")] or kinds[0]
    kinds[3] = kinds[3] if any(path.read_bytes()[:1].isdigit() for path in kinds[3]) else []
    return [paths for paths in kinds if paths]


def find_masks(source: Path, images: Path) -> tuple[list[Path], Path | None, bool]:
    """Find the pictures that are masks, all in the masks' own folder, else those named so.

    Returns the file that says what they hold, too, and whether they count before any shapes.
    """
    if source.is_file():
        return [], None, False
    masks, tables = list_pictures(source), list_below(source)
    if images.is_relative_to(source):
        masks = [path for path in masks if _is_mask(path, folders_of(path, source))]
    else:
        tables += [path for path in source.parent.iterdir() if path.is_file()]
    table = next((path for path in tables if path.name in TABLES), None)
    is_voc = any("segmentationclass" in path.as_posix().lower() for path in masks)
    return masks, table, bool(masks) and (is_voc or (table and table.name != CLASS_FILE))


def list_pictures(folder: Path) -> list[Path]:
    """List the pictures below a folder, but not those that show objects or overlays."""
    return [path for path in list_below(folder) if path.suffix.lower() in IMAGE_SUFFIXES
            and not any(map(NEITHER.fullmatch, folders_of(path, folder)))]  # fmt: skip


def _is_mask(path: Path, folders: tuple[str, ...]) -> bool:
    for name in folders:
        if MASKS.fullmatch(name) or PHOTOS.fullmatch(name):
            return bool(MASKS.fullmatch(name))
    return bool(MASK_AFFIX.search(path.stem))


def bare_name(path: Path) -> str:
    """Return the name that a photo and its mask share: "a" of "a_sat.jpg" and "a_mask.png"."""
    return PHOTO_AFFIX.sub("", MASK_AFFIX.sub("", path.stem))


def read_classes(
    source: Path, table: Path | None, masks: list[Path], class_names
) -> tuple[tuple[str, ...], MaskCoding]:
    """Read the names of the classes, and how masks are coded."""
    if table is None or (class_names and table.name == CLASS_FILE):
        names = class_names or find_names(source)
        if names is None:
            raise ValueError(
                f"{source} holds masks, whose numbers have no names: give class_names, the "
                "background's first, or call load_folder with the photos' and the masks' folders."
            )
        return tuple(names), MaskCoding(ids=range(len(names)))  # A palette's index is the id.
    rows = _read_rows(table)
    void = [name for name in rows if name.casefold() in VOID_NAMES and len(rows[name]) == 3]
    if class_names and {*rows} - {*void} != {*class_names}:
        raise ValueError(
            f"{table} names {', '.join(rows)}, expected the same as class_names "
            f"{tuple(class_names)}: leave class_names out."
        )
    names = class_names or sorted(rows, key=lambda name: name.casefold().strip("_") != "background")
    if all(len(row) == 3 for row in rows.values()) and (
        all(len({*row}) == 1 for row in rows.values()) or not _are_grey(masks)
    ):
        names = [name for name in names if name not in void]
        colours, void_colour = [rows[name] for name in names], rows[void[0]] if void else None
        return tuple(names), MaskCoding(colours, void_colour=void_colour)
    places = list(rows)  # Greys where there are colours: the classes' numbers in their order.
    ids = [rows[name][0] if len(rows[name]) == 1 else places.index(name) for name in names]
    return tuple(names), MaskCoding(ids=ids)


def _read_rows(table: Path) -> dict[str, tuple[int, ...]]:
    # A class a line, with its colour or its number, in whatever order and between whatever signs.
    lines, rows = table.read_text(encoding="utf-8-sig").splitlines(), {}
    if table.name == CLASS_FILE:
        return {name: (number,) for number, name in enumerate(lines)}
    for line in lines:
        cells = [cell.strip() for cell in re.split("[:,;\t]", line.partition("#")[0])]
        numbers = tuple(int(cell) for cell in cells if cell.isdigit())
        names = [cell for cell in cells if cell and not cell.isdigit()]
        if names and len(numbers) in (1, 3):
            rows[names[0]] = numbers
    if len(rows) < 2:
        raise ValueError(
            f"{table} holds {len(rows)} classes, expected two or more, each with a colour or a "
            "number: export it again."
        )
    return rows


def _are_grey(masks: list[Path]) -> bool:
    for path in masks:
        with suppress(ValueError):  # Named later, when every file is looked at.
            found = read_mask_file(path)
            return found.values.ndim == 2 and found.palette is None
    return False


def _is_list(path: Path) -> bool:
    name = path.stem.casefold()
    return path.suffix.lower() == ".txt" and (name in PART_WORDS or "ImageSets" in path.parts)


def read_lists(source: Path) -> dict[str, str]:
    """Read which photo is of which part from lists such as "train.txt", by the photo's name."""
    lists = [path for path in list_below(source) if _is_list(path) and find_part(path.stem)]
    lists = [path for path in lists if path.parent.name == "Segmentation"] or lists
    parts = {}
    for path in lists:
        for line in path.read_text(encoding="utf-8-sig").splitlines():
            name = PurePosixPath(line.strip().replace("\\", "/"))
            parts[name.stem if name.suffix.lower() in IMAGE_SUFFIXES else name.name] = path.stem
    return {name: find_part(part) for name, part in parts.items()}

"""What a labelling tool has saved, as data to learn from."""

import json
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from xml.etree import ElementTree

from unetlab.annotations.coco import read_coco
from unetlab.annotations.cvat import read_cvat
from unetlab.annotations.exports import list_pictures, look_through, read_classes
from unetlab.annotations.label_studio import read_label_studio
from unetlab.annotations.labelme import read_labelme
from unetlab.annotations.matching import find_subset, match_photos, places_of
from unetlab.annotations.shapes import Drawing, draw_mask
from unetlab.annotations.via import read_via, read_via_csv
from unetlab.annotations.yolo import known_names, read_yolo
from unetlab.data import (
    VOID,
    SegmentationData,
    gather_parts,
    keep_split,
    load_mask,
    look_at_pair,
    split_photos,
    survey_pairs,
)

TOOLS = "labelme, COCO, CVAT, Label Studio, VIA or YOLO"


def load_annotations(
    source: str | Path,
    images: str | Path | None = None,
    class_names: Sequence[str] | None = None,
    image_size: int | tuple[int, int] | None = None,
    test_share: float = 0.2,
    seed: int = 0,
    view: str = "",
    crowd_is_void: bool = True,
    white: int | None = None,
) -> SegmentationData:
    """Load photos with what a labelling tool has saved, as it was unzipped, and say what was found.

    It reads labelme's JSON, COCO's (polygons and both forms of run lengths), CVAT's XML "for images
    1.1", Label Studio's JSON, VIA's JSON and CSV, YOLO's segmentation text, and masks: as
    `labelmap.txt`, `class_dict.csv` or `_classes.csv` says, else as in `load_folder`. Folders
    inside the folder are looked into. Every photo is looked at once, and shapes become masks when
    they are asked for.

    A split that is there is kept, and `test_share` is not asked: folders, subsets, or lists such as
    `train.txt`, that are named train, val or valid, and test.

    A pixel belongs to the shape that holds its centre, and of several to the last in the file (in
    CVAT, to the highest z_order). COCO's crowds, which lie beneath the other shapes, and labelme's
    `__ignore__` are void, 255. Of several annotations of a Label Studio task, the ground truth
    counts, else the last one that was not cancelled. What has no area is passed over, as are CVAT's
    `outside` shapes. A photo that the file names without shapes is background only; one that it
    does not name is left out, and so is one with a shape that cannot be read, whose mask would be
    wrong.

    Args:
        source: the folder of an export, or a file in it.
        images: the photos' folder; None for the source, or the file's folder. Of a path in the
            file, the longest end counts that is found here, at least the name.
        class_names: the class ids' meanings, the background's first; None takes "background" and
            the names found: in the file's order where it lists them, else by alphabet.
        image_size: as in `load_folder`.
        test_share: as in `load_folder`.
        seed: seed of the split.
        view: as in `load_folder`.
        crowd_is_void: whether COCO's crowds are void; False gives them their class. CVAT and
            Datumaro write whatever was drawn with a brush as a crowd.
        white: as in `load_image`, for photos of 10 or 12 bits in files of 16.

    Returns:
        A `SegmentationData`. Its masks hold 255 where they are void.

    Raises:
        FileNotFoundError: the source does not exist.
        ValueError: the file is not understood, holds a class that is not in `class_names`, or fewer
            than two photos are usable.

    Example:
        >>> import json, tempfile
        >>> from PIL import Image
        >>> shape = {"label": "cat", "shape_type": "rectangle", "points": [[0, 0], [4, 6]]}
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     for name in ("a", "b"):
        ...         Image.new("RGB", (8, 6)).save(f"{folder}/{name}.png")
        ...         text = json.dumps({"imagePath": f"{name}.png", "shapes": [shape]})
        ...         _ = Path(folder, f"{name}.json").write_text(text)
        ...     data = load_annotations(folder)
        2 files with 2 shapes (0 points, lines and crumbs, ... passed over) and 2 photos.
        2 pairs in ..., 8x6 pixels; background 50%, cat 50% of the pixels.
    """
    source = Path(source)
    source.stat()  # Raises where there is none.
    source = source.parent if source.suffix in (".yaml", ".yml") else source  # As YOLO takes it.
    folder = source if source.is_dir() else source.parent
    images = folder if images is None else Path(images)
    kinds, masks, table, lists = look_through(source, images)
    files, labels, drawings, faults = _read_shapes(kinds, class_names)
    if not files and not masks:
        raise ValueError(
            f"{source} holds no JSON, XML, CSV, text or mask, expected what {TOOLS} has saved: of "
            "masks in a folder of another name, call load_folder."
        )
    if masks and not drawings:
        drawings, faults = [Drawing(path.stem, file=path) for path in masks], []
        names, coding = read_classes(folder, masks, table, class_names)
        said = f"{len(masks)} masks, read by {coding.describe(names)},"
        kind, advice = "masks", f"See whether {source} is of these photos."
    else:
        names, class_ids = _settle_names(source, labels, drawings, class_names)
        kind, masks = "shapes", []
        skipped = {one.image: one.skipped for one in drawings if one.skipped}
        said = f"{len(files)} files with {sum(len(one.shapes) for one in drawings)} shapes ("
        said += f"{sum(skipped.values())} points, lines and crumbs, without area, are passed over)"
        advice = f"See whether {source} is of these photos."
        if skipped:
            advice = f"What has no area is passed over, as in {next(iter(skipped))}: draw outlines."
    photos = sorted({*list_pictures(images)}.difference(masks))
    print(f"{said} and {len(photos)} photos.")
    matched, unmatched = match_photos(drawings, photos, images, folder)
    for note, count in Counter(one.note for _, one in matched.values() if one.note).items():
        print(f"{count} {note}.")
    if part_of := _find_parts(matched, images, lists):
        unmatched += [f"{name}: in no part of the split" for name in matched if name not in part_of]
        matched = {name: pair for name, pair in matched.items() if name in part_of}
    shapes = [shape for _, drawing in matched.values() for shape in drawing.shapes]
    areas = defaultdict(list)
    for shape in shapes:
        if crowd_is_void and shape.crowd is not None:
            areas[shape.label].append(shape.crowd)
    if areas:
        said = ", ".join(
            f"{len(one)} shapes of {label}, {sum(one):,.0f} pixels by the file"
            for label, one in areas.items()
        )
        advice = f"Void, as COCO's crowds are: {said}; crowd_is_void=False gives their class."
        print(advice)

    def read_mask(drawing, size):
        if masks:
            return load_mask(drawing.file, *coding)
        return draw_mask(drawing, class_ids, size, crowd_is_void)

    look = partial(look_at_pair, read_mask=read_mask, white=white)
    left_out = faults + unmatched if drawings else faults  # Of a file unread, no photo has shapes.
    good = survey_pairs(matched, look, left_out, names, images, advice)
    parts = split_photos(good, part_of, test_share, seed, view)
    told = f"photos with the {kind} of {source.name} in {images.resolve()}"
    return gather_parts(parts, matched, read_mask, names, told, image_size, white)


def _read_shapes(kinds: list[list[Path]], class_names):
    """Read the files of the first kind that is understood; return them too, and what is wrong."""
    first = None
    for paths in kinds:
        labels, drawings, faults = [], [], []
        read_file = read_annotations
        if paths[0].suffix.lower() == ".txt":
            read_file = partial(read_yolo, names=known_names(paths[0].parent, class_names))
        for path in paths:
            try:
                declared, found = read_file(path)
            except Exception as error:  # Anyone may have written it, and anything.
                found = f"{type(error).__name__}: {error}"
                faults.append(f"{path} cannot be read as what {TOOLS} has saved ({found})")
                continue
            labels += [label for label in declared if label not in labels]
            drawings += [drawing._replace(file=path) for drawing in found]
        read = paths, labels, drawings, faults
        first = first or read
        if drawings:
            return read
    return first or ([], [], [], [])


def _find_parts(matched: Mapping, images: Path, lists: Mapping[str, str]) -> dict[str, str]:
    """Find the part of each photo in the split that a set comes with; none where there is none."""
    part_of = {}
    for name, (photo, drawing) in matched.items():
        part = find_subset(places_of(photo, images)) or lists.get(photo.stem)
        if part := part or find_subset([drawing.subset]):
            part_of[name] = part
    return keep_split(part_of)


def read_annotations(path: Path) -> tuple[list, list]:
    """Read one file, of whichever tool: the classes that it declares, and its drawings."""
    suffix = path.suffix.lower()
    if suffix == ".xml":
        return read_cvat(ElementTree.parse(path).getroot())
    text = path.read_text(encoding="utf-8-sig")
    if suffix == ".csv":
        return read_via_csv(text)
    contents = json.loads(text)
    if isinstance(contents, list):
        return read_label_studio(contents)
    if "shapes" in contents:
        return read_labelme(contents)
    return read_coco(contents) if "annotations" in contents else read_via(contents)


def _settle_names(source, labels, drawings: Sequence[Drawing], class_names) -> tuple:
    """Settle the class ids' meanings, and the id of each label."""
    used = Counter(shape.label for drawing in drawings for shape in drawing.shapes)
    special = {"background": 0, "_background_": 0, "__ignore__": VOID}
    if class_names is None:
        found = dict.fromkeys([*labels, *sorted(used.keys() - {*labels})])
        class_names = ["background", *(name for name in found if name not in special)]
    class_ids = {**special, **{name: number for number, name in enumerate(class_names)}}
    if unknown := [f"{label!r} ({used[label]} shapes)" for label in used if label not in class_ids]:
        raise ValueError(
            f"{source} holds {', '.join(unknown[:5])}, expected one of class_names "
            f"{tuple(class_names)}: add it there, or leave class_names out."
        )
    return tuple(class_names), class_ids

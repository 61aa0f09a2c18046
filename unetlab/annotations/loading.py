"""What a labelling tool has saved, as data to learn from."""

import json
from collections import Counter
from collections.abc import Callable, Hashable, Sequence
from pathlib import Path
from xml.etree import ElementTree

from unetlab.annotations.coco import read_coco
from unetlab.annotations.cvat import read_cvat
from unetlab.annotations.label_studio import read_label_studio
from unetlab.annotations.labelme import read_labelme
from unetlab.annotations.matching import match_photos
from unetlab.annotations.shapes import Drawing, draw_mask
from unetlab.annotations.via import read_via, read_via_csv
from unetlab.annotations.yolo import NAME_FILES, read_yolo
from unetlab.data import (
    IMAGE_SUFFIXES,
    VOID,
    SegmentationData,
    count_ids,
    load_folder,
    load_shrunk,
    plan_split,
    survey_pairs,
)

TOOLS = "labelme, COCO, CVAT, Label Studio, VIA or YOLO"
CLASS_FILE = "class_names.txt"  # Written by save_annotations beside masks.


def load_annotations(
    source: str | Path,
    images: str | Path,
    class_names: Sequence[str] | None = None,
    image_size: int | tuple[int, int] | None = None,
    test_share: float = 0.2,
    seed: int = 0,
    validation_share: float = 0.0,
    group: str | Callable[[str], Hashable] | None = None,
) -> SegmentationData:
    """Load photos with the shapes that a labelling tool has saved, and say what was found.

    It reads labelme's JSON, COCO's (polygons and both forms of run lengths), CVAT's XML "for images
    1.1", Label Studio's JSON, VIA's JSON and CSV, YOLO's segmentation text, and masks as palette
    PNG, as Pascal VOC's. Every photo is looked at once, as by `load_folder`, and shapes become
    masks when they are asked for.

    A pixel belongs to the shape that holds its centre, and of several to the last in the file (in
    CVAT, to the highest z_order). COCO's crowds, which lie beneath the other shapes, and labelme's
    `__ignore__` are void, 255. Of several annotations of a Label Studio task, the last one counts
    that was not cancelled. Points and lines have no area and are passed over, as are CVAT's
    `outside` shapes. A photo that the file names without shapes is background only; one that it
    does not name is left out, and so is one with a shape that cannot be read, whose mask would be
    wrong.

    Args:
        source: the file, or the folder of the files where there is one for each photo.
        images: the photos' folder; folders inside it are looked into. Of the path in the file, the
            part within this folder counts, or the last part.
        class_names: the class ids' meanings, the background's first; None takes "background" and
            the names found: in the file's order where it lists them, else by alphabet.
        image_size: as in `load_folder`.
        test_share: the share of the photos in `test`, at least one in each part.
        seed: seed of the split.
        validation_share: as in `load_folder`.
        group: as in `load_folder`.

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
        ...     data = load_annotations(folder, folder)
        2 shapes; 0 points, lines and the like, without area, are passed over.
        2 pairs in ..., 8x6 pixels; background 50%, cat 50% of the pixels.
    """
    split = plan_split(test_share, validation_share, group, seed)
    source, images = Path(source), Path(images)
    paths = _files_of(source)
    if paths[0].suffix.lower() in IMAGE_SUFFIXES:
        names = class_names or _names_beside(source)
        return load_folder(
            images,
            source,
            ids=range(len(names)),  # A palette's index is the id.
            class_names=names,
            image_size=image_size,
            test_share=test_share,
            seed=seed,
            validation_share=validation_share,
            group=group,
        )
    labels, drawings, left_out = _read_files(paths, class_names)
    names, class_ids = _settle_names(source, labels, drawings, class_names)
    photos, faults = match_photos(drawings, images)
    count = sum(len(drawing.shapes) for _, drawing in photos.values())
    skipped = sum(drawing.skipped for _, drawing in photos.values())
    print(f"{count} shapes; {skipped} points, lines and the like, without area, are passed over.")
    sizes = {}

    def look(photo, name):
        sizes[name] = load_shrunk(photo, image_size=1)[1]
        return sizes[name], count_ids(read_mask(name))

    def read_mask(name):
        return draw_mask(photos[name][1], class_ids, sizes[name])

    return survey_pairs(
        {name: (photo, name) for name, (photo, _) in photos.items()},
        look,
        read_mask,
        split,
        left_out + faults,
        names,
        image_size,
        f"photos with the shapes of {source.name}",
        images,
        f"See whether {source} is of these photos.",
    )


def _files_of(source: Path) -> list[Path]:
    if source.is_file():
        return [source]
    files = sorted(path for path in source.iterdir() if path.is_file() and path.name[0] != ".")
    files = [path for path in files if path.name not in (*NAME_FILES, CLASS_FILE)]
    for suffixes in ([".json"], [".xml"], [".csv"], [".txt"], IMAGE_SUFFIXES):
        if found := [path for path in files if path.suffix.lower() in suffixes]:
            return found
    raise ValueError(
        f"{source} holds no JSON, XML, CSV, text or mask among its {len(files)} files, expected "
        f"what {TOOLS} has saved."
    )


def _names_beside(source: Path) -> tuple[str, ...]:
    for path in (source / CLASS_FILE, source.parent / CLASS_FILE):
        if path.is_file():
            return tuple(path.read_text(encoding="utf-8-sig").splitlines())
    raise ValueError(
        f"{source} holds masks, whose numbers have no names: give class_names, the background's "
        "first."
    )


def _read_files(paths: list[Path], class_names):
    if paths[0].suffix.lower() == ".txt":
        return *read_yolo(paths, class_names), []
    labels, drawings, left_out = [], [], []
    for path in paths:
        try:
            declared, found = read_annotations(path)
        except Exception as error:  # Anyone may have written it, and anything.
            found = f"{type(error).__name__}: {error}"
            left_out.append(f"{path} cannot be read as what {TOOLS} has saved ({found})")
            continue
        labels += [label for label in declared if label not in labels]
        drawings += found
    return labels, drawings, left_out


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
    special = {"background": 0, "_background_": 0, "__ignore__": VOID, None: VOID}
    if class_names is None:
        found = dict.fromkeys([*labels, *sorted(used.keys() - {None, *labels})])
        class_names = ["background", *(name for name in found if name not in special)]
    class_ids = {**special, **{name: number for number, name in enumerate(class_names)}}
    if unknown := [f"{label!r} ({used[label]} shapes)" for label in used if label not in class_ids]:
        raise ValueError(
            f"{source} holds {', '.join(unknown[:5])}, expected one of class_names "
            f"{tuple(class_names)}: add it there, or leave class_names out."
        )
    return tuple(class_names), class_ids

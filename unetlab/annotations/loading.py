"""What a labelling tool has saved, as data to learn from."""

from collections import Counter
from collections.abc import Callable, Hashable, Mapping, Sequence
from functools import partial
from pathlib import Path

from unetlab.annotations.coco import read_coco
from unetlab.annotations.cvat import read_cvat
from unetlab.annotations.files import Annotations, read_json, read_text, read_xml
from unetlab.annotations.label_studio import read_label_studio
from unetlab.annotations.labelme import read_labelme
from unetlab.annotations.matching import match_photos
from unetlab.annotations.shapes import Drawing, draw_mask
from unetlab.annotations.via import read_via, read_via_csv
from unetlab.annotations.yolo import NAME_FILES, read_yolo
from unetlab.arguments import check_class_names, check_path
from unetlab.data import (
    IMAGE_SUFFIXES,
    VOID,
    SegmentationData,
    check_shares,
    count_ids,
    gather_parts,
    load_folder,
    look_through,
    measure_photo,
    name_left_out,
    name_shares,
    name_sizes,
    split_names,
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
    PNG, as Pascal VOC's. Which it is, the file tells. As by `load_folder`, every photo is looked at
    once, and shapes become masks when they are asked for.

    Rules: a pixel belongs to the shape that holds its centre, and of several to the last in the
    file (in CVAT, to the highest z_order). What lies outside the photo is cut off. COCO's crowds
    and labelme's `__ignore__` are void, 255; a crowd lies beneath the other shapes. Shapes that are
    only hidden from view or occluded count; CVAT's `outside` ones do not. Of several annotations of
    a Label Studio task, the last one counts that was not cancelled. Points and lines have no area
    and are passed over. A photo that the file names without shapes is background only; one that it
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
        FileNotFoundError: the source or the photos' folder does not exist.
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
        2 photos in ..., 2 boxes; 8x6 pixels; background 50%, cat 50% of the pixels.
    """
    check_shares(test_share, validation_share)
    source, images = check_path("source", source), check_path("images", images)
    if not images.is_dir():
        raise FileNotFoundError(f"{images} is not a folder; give the folder that holds the photos.")
    paths = _files_of(source)
    if paths[0].suffix.lower() in IMAGE_SUFFIXES:
        split = test_share, seed, validation_share, group
        return _load_masks(source, images, class_names, image_size, *split)
    labels, drawings, left_out = _read_files(source, paths, class_names)
    names, class_ids = settle_names(source, labels, drawings, class_names)
    photos, faults = match_photos(drawings, images)
    left_out += faults
    sizes, pixels, classes = {}, Counter(), {}
    look = partial(_look_at, class_ids=class_ids)
    for name, size, counts in look_through(photos, look, left_out):
        sizes[name] = size
        pixels.update(counts)
        classes[name] = tuple(sorted(counts.keys() - {VOID}))
    used = [photos[name][1] for name in sizes]
    _report(source, images, used, Counter(sizes.values()), pixels, names, left_out)

    def read_mask(name):
        return draw_mask(photos[name][1].shapes, class_ids, *sizes[name])

    parts = split_names(classes, test_share, validation_share, group, seed)
    pairs = {name: (photos[name][0], name) for name in sizes}
    origin = f"photos in {images.resolve()} with the shapes of {source.resolve()}"
    return gather_parts(parts, pairs, read_mask, image_size, names, origin)


def _files_of(source: Path) -> list[Path]:
    if source.is_file():
        return [source]
    if not source.is_dir():
        raise FileNotFoundError(
            f"{source} is no file and no folder; give what {TOOLS} has saved, or its folder."
        )
    files = sorted(path for path in source.iterdir() if path.is_file() and path.name[0] != ".")
    files = [path for path in files if path.name not in (*NAME_FILES, CLASS_FILE)]
    for suffixes in ([".json"], [".xml"], [".csv"], [".txt"], IMAGE_SUFFIXES):
        if found := [path for path in files if path.suffix.lower() in suffixes]:
            return found
    raise ValueError(
        f"{source} holds no JSON, XML, CSV, text or mask among its {len(files)} files, expected "
        f"what {TOOLS} has saved."
    )


def _load_masks(source, images, class_names, image_size, test_share, seed, validation_share, group):
    if source.is_file():
        raise ValueError(f"{source} is one mask, expected the folder that holds all of them.")
    if class_names is None:
        lists = [place / CLASS_FILE for place in (source, source.parent)]
        path = next((path for path in lists if path.is_file()), None)
        if path is None:
            raise ValueError(
                f"{source} holds masks, whose numbers have no names: give class_names, the "
                "background's first."
            )
        class_names = tuple(read_text(path).splitlines())
    return load_folder(
        images,
        source,
        ids=range(len(class_names)),  # A palette's index is the id.
        class_names=class_names,
        image_size=image_size,
        test_share=test_share,
        seed=seed,
        validation_share=validation_share,
        group=group,
    )


def _read_files(source: Path, paths: list[Path], class_names):
    if paths[0].suffix.lower() == ".txt":
        folder = source if source.is_dir() else source.parent
        return *read_yolo(folder, paths, class_names), []
    labels, drawings, left_out = [], [], []
    for path in paths:
        try:
            found = read_annotations(path)
        except ValueError as error:
            if len(paths) == 1:
                raise
            left_out.append(f"{error}")
            continue
        labels += [label for label in found.labels if label not in labels]
        drawings += found.drawings
    if not drawings:
        raise ValueError(
            f"{source} holds no photo's shapes{': ' + left_out[0] if left_out else ''}; expected "
            f"what {TOOLS} has saved."
        )
    return labels, drawings, left_out


def read_annotations(path: Path) -> Annotations:
    """Read one file, of whichever tool.

    Args:
        path: the file.

    Returns:
        An `Annotations`.

    Raises:
        ValueError: it is of no tool that is known, or cannot be read.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     _ = Path(folder, "a.json").write_text('{"imagePath": "a.jpg", "shapes": []}')
        ...     read_annotations(Path(folder, "a.json")).drawings[0].image
        'a.jpg'
    """
    suffix = path.suffix.lower()
    if suffix == ".xml":
        return read_cvat(path, read_xml(path))
    if suffix == ".csv":
        return read_via_csv(path)
    contents = read_json(path) if suffix == ".json" else None
    if isinstance(contents, list) and contents:
        return read_label_studio(path, contents)
    if isinstance(contents, dict):
        if "shapes" in contents:
            return read_labelme(path, contents)
        if {"images", "annotations"} <= contents.keys():
            return read_coco(path, contents)
        photos = contents.get("_via_img_metadata", contents)
        found = photos.values() if isinstance(photos, dict) else ()
        if any(isinstance(photo, dict) and "regions" in photo for photo in found):
            return read_via(path, contents)
    raise ValueError(
        f"{path} is of no tool that is known, expected what {TOOLS} has saved: see which "
        "format the tool was asked to export."
    )


def settle_names(
    source: Path,
    labels: Sequence[str],
    drawings: Sequence[Drawing],
    class_names: Sequence[str] | None,
) -> tuple[tuple[str, ...], Mapping[str | None, int]]:
    """Settle which class has which id.

    Args:
        source: for messages.
        labels: those that the files declare.
        drawings: with those that are used.
        class_names: as in `load_annotations`.

    Returns:
        The class ids' meanings, and the id of each label; None and "__ignore__" are void.

    Raises:
        ValueError: `class_names` is no list of names, or lacks one that is used.

    Example:
        >>> settle_names("a.json", ["dog", "cat"], [], None)[0]
        ('background', 'dog', 'cat')
    """
    used = Counter(shape.label for drawing in drawings for shape in drawing.shapes)
    special = {"background": 0, "_background_": 0, "__ignore__": VOID, None: VOID}
    if class_names is None:
        found = dict.fromkeys([*labels, *sorted(used.keys() - {None, *labels})])
        class_names = ["background", *(name for name in found if name not in special)]
    names = check_class_names(class_names, source)
    class_ids = {**special, **{name: number for number, name in enumerate(names)}}
    if unknown := [f"{label!r} ({used[label]} shapes)" for label in used if label not in class_ids]:
        raise ValueError(
            f"{source} holds {', '.join(unknown[:5])}, expected one of class_names {names}: add it "
            "there, or leave class_names out."
        )
    return names, class_ids


def _look_at(path: Path, drawing: Drawing, class_ids):
    try:
        height, width = size = measure_photo(path)
        if drawing.size is not None and tuple(drawing.size) != size:
            found = "x".join(map(str, drawing.size[::-1]))
            return f"{path.name} is {width}x{height}, but its shapes are for {found}"
        return size, count_ids(draw_mask(drawing.shapes, class_ids, height, width))
    except (ValueError, OSError) as error:
        return f"{path.name}: {error}"


def _report(source, images, drawings, sizes, pixels, names, left_out) -> None:
    shown = name_left_out(left_out)
    if len(drawings) < 2:
        raise ValueError(
            f"{source} has usable shapes for {len(drawings)} photos in {images}, expected two or "
            f"more{': ' + shown if shown else ''}. See whether these are its photos."
        )
    held = [name for number, name in enumerate(names) if pixels[number]]
    if len(held) < 2:
        raise ValueError(
            f"the shapes of {source} leave nothing but {held[0] if held else 'void'}, expected a "
            "second class in one of the photos at least: see whether these are the shapes."
        )
    kinds = Counter(shape.kind for drawing in drawings for shape in drawing.shapes)
    said = ", ".join(f"{n} {_plural(kind) if n > 1 else kind}" for kind, n in kinds.items())
    print(
        f"{len(drawings)} photos in {images}, {said}; {name_sizes(sizes)} pixels; "
        f"{name_shares(pixels, names)} of the pixels."
    )
    if skipped := sum(drawing.skipped for drawing in drawings):
        print(f"Passed over {skipped} points, lines and the like, which have no area.")
    if left_out:
        print(f"Left out {len(left_out)}: {shown}.")


def _plural(kind: str) -> str:
    return f"{kind}es" if kind == "box" else f"{kind}s"

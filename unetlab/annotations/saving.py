"""Photos and masks as a set that other programs read: COCO's JSON, or masks as palette PNG."""

import json
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from itertools import chain
from pathlib import Path

import numpy as np
from PIL import Image

from unetlab.annotations.loading import CLASS_FILE
from unetlab.arguments import check_class_names, check_path
from unetlab.data import VOID, SegmentationData, voc_palette
from unetlab.saving import write_whole

FORMATS = "coco", "png"


def save_annotations(
    examples: SegmentationData | Iterable,
    folder: str | Path,
    format: str = "coco",
    class_names: Sequence[str] | None = None,
    names: Sequence[str] | None = None,
) -> Path:
    """Save photos and masks as a whole set: `images/NAME.png`, and what other programs read.

    As "coco", `annotations.json` holds one annotation for each class that a photo has, as run
    lengths, and void as a crowd. As "png", `masks/NAME.png` holds the class ids as a palette's
    indices, in Pascal VOC's colours, 255 for void, and `class_names.txt` a line for each id.

    Args:
        examples: a `SegmentationData`, of which all parts are saved; or examples (image
            uint8 [H, W, 3] in 0..255, mask integer [H, W, 1] or [H, W], ids from 0 and 255 for
            void).
        folder: where to save; it is made, and must hold no earlier set.
        format: "coco" or "png".
        class_names: the class ids' meanings; None takes those of the `SegmentationData`.
        names: a name for each example; None takes those of the `SegmentationData`, or 000001, ...

    Returns:
        What `load_annotations` reads, with `folder / "images"` as its photos.

    Raises:
        FileExistsError: the folder holds a set.
        OSError: the set cannot be written; says why. Nothing of it is left behind.
        ValueError: `format` is none of these, there are no class names or no examples, a name is no
            file's name or stands twice, or an example is none, or has an id without a name.

    Example:
        >>> import tempfile
        >>> example = np.zeros([4, 4, 3], np.uint8), np.eye(4, dtype=np.uint8)[..., None]
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     path = save_annotations([example], folder, class_names=("background", "cat"))
        ...     json.loads(path.read_text())["annotations"][0]["segmentation"]["counts"]
        [0, 1, 4, 1, 4, 1, 4, 1]
    """
    folder = check_path("folder", folder)
    if format not in FORMATS:
        raise ValueError(f'format is {format!r}, expected "coco" or "png".')
    if class_names is None:
        class_names = getattr(examples, "class_names", None)
    class_names = check_class_names(class_names)
    if not isinstance(examples, SegmentationData) and not hasattr(examples, "__iter__"):
        raise ValueError(
            f"examples is a {type(examples).__name__}, expected a SegmentationData or (image, "
            "mask) pairs: pass [(image, mask)]."
        )
    images, target = (
        folder / "images",
        folder / ("annotations.json" if format == "coco" else "masks"),
    )
    if images.exists() or target.exists():
        raise FileExistsError(f"{folder} already holds a set, expected a new folder: name another.")
    named = _named(examples, names)
    if (first := next(named, None)) is None:
        raise ValueError("examples holds no example, expected some: see what was loaded.")
    parts = ["images", target.name, *([CLASS_FILE] if format == "png" else [])]
    folder.parent.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        if folder.exists():  # It may hold something else, which stays.
            paths = [stack.enter_context(write_whole(folder / part)) for part in parts]
        else:
            place = stack.enter_context(write_whole(folder))
            place.mkdir()
            paths = [place / part for part in parts]
        _write(_checked(chain([first], named), class_names), paths, class_names)
    return target


def _checked(named, class_names) -> Iterator[tuple]:
    taken = set()
    for name, image, mask in named:
        yield name, image, _check(name, image, mask, class_names, taken)


def _write(checked, paths: Sequence[Path], class_names) -> None:
    images, target, *class_file = paths
    images.mkdir()
    if not class_file:
        contents = _write_images(checked, images, class_names)
        target.write_text(json.dumps(contents, ensure_ascii=False), encoding="utf-8")
        return
    target.mkdir()
    for name, image, mask in checked:
        Image.fromarray(image).save(images / f"{name}.png")
        palette_image(mask).save(target / f"{name}.png")
    class_file[0].write_text("\n".join(class_names) + "\n", encoding="utf-8")


def _write_images(checked, images: Path, class_names) -> dict:
    listed, annotations = [], []
    for number, (name, image, mask) in enumerate(checked, 1):
        Image.fromarray(image).save(images / f"{name}.png")
        height, width = mask.shape
        listed.append({"id": number, "file_name": f"{name}.png", "height": height, "width": width})
        for one in _annotations_of(mask):
            annotations.append({"id": len(annotations) + 1, "image_id": number, **one})
    categories = [{"id": i, "name": name} for i, name in enumerate(class_names) if i]
    return {"images": listed, "annotations": annotations, "categories": categories}


def _named(examples, names) -> Iterator[tuple]:
    parts = [(examples, names)]
    if isinstance(examples, SegmentationData):
        if names is not None:
            raise ValueError("names is given, but the data has names of its own: leave it out.")
        parts = [(part, names.as_numpy_iterator()) for part, names in examples.parts.values()]
    for part, part_names in parts:
        part_names = None if part_names is None else iter(part_names)
        for number, (image, mask) in enumerate(part, 1):
            name = f"{number:06}" if part_names is None else next(part_names, None)
            if name is None:
                raise ValueError(f"names has {number - 1} of them, expected one for each example.")
            yield name.decode() if isinstance(name, bytes) else name, np.asarray(image), mask


def _check(name, image, mask, class_names, taken: set) -> np.ndarray:
    if not name or name[0] == "." or any(sign in name for sign in '/\\:*?"<>|\0'):
        raise ValueError(f"a name is {name!r}, expected one that a file may have: give names=.")
    if name.casefold() in taken:
        raise ValueError(f"the name {name!r} stands twice, expected different ones: give names=.")
    taken.add(name.casefold())
    mask = np.asarray(mask)
    mask = mask[..., 0] if mask.ndim == 3 and mask.shape[-1] == 1 else mask
    if image.dtype != np.uint8 or image.ndim != 3 or image.shape[2] != 3:
        raise ValueError(
            f"the image {name!r} is {image.dtype} {list(image.shape)}, expected uint8 [H, W, 3]."
        )
    if mask.dtype.kind not in "iu" or mask.shape != image.shape[:2]:
        raise ValueError(
            f"the mask of {name!r} is {mask.dtype} {list(mask.shape)}, expected whole numbers "
            f"{list(image.shape[:2])}, as its image."
        )
    found = np.unique(mask)
    if unnamed := [i for i in found.tolist() if not (0 <= i < len(class_names) or i == VOID)]:
        raise ValueError(
            f"the mask of {name!r} holds the ids {unnamed[:5]}, expected 0 to "
            f"{len(class_names) - 1}, which have names, or {VOID} for void."
        )
    return mask.astype(np.uint8)


def _annotations_of(mask: np.ndarray) -> Iterator[dict]:
    for class_id in np.unique(mask).tolist():
        if class_id == 0:
            continue
        pixels = mask == class_id
        rows, columns = np.flatnonzero(pixels.any(axis=1)), np.flatnonzero(pixels.any(axis=0))
        left, top = int(columns[0]), int(rows[0])
        yield {
            # A crowd's class is not known; readers want one all the same.
            "category_id": 1 if class_id == VOID else class_id,
            "iscrowd": int(class_id == VOID),
            "area": int(pixels.sum()),
            "bbox": [left, top, int(columns[-1]) - left + 1, int(rows[-1]) - top + 1],
            "segmentation": {"counts": _count_runs(pixels), "size": list(mask.shape)},
        }


def _count_runs(pixels: np.ndarray) -> list[int]:
    # Down the columns, zeros first: there are none of them where the first pixel is a one.
    flat = pixels.T.reshape(-1)
    changes = np.flatnonzero(flat[1:] != flat[:-1]) + 1
    counts = np.diff(changes, prepend=0, append=flat.size).tolist()
    return [0, *counts] if flat[0] else counts


def palette_image(mask: np.ndarray) -> Image.Image:
    """Turn a mask into an image whose palette's indices are the class ids, in Pascal VOC's colours.

    Args:
        mask: uint8 [H, W], class ids, and 255 for void.

    Returns:
        An image of Pillow's, in mode P, to be saved as PNG.

    Example:
        >>> image = palette_image(np.uint8([[0, 1]]))
        >>> image.mode, image.getpixel((1, 0)), image.convert("RGB").getpixel((1, 0))
        ('P', 1, (128, 0, 0))
    """
    image = Image.fromarray(mask)
    image.putpalette(voc_palette().reshape(-1).tolist())
    return image

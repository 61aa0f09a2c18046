"""Photos and masks as a set that other programs read: COCO's JSON, or masks as palette PNG."""

import json
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, count
from pathlib import Path

import numpy as np
from PIL import Image

from unetlab.data import CLASS_FILE, VOID, SegmentationData, palette_image
from unetlab.saving import write_whole


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
        folder: where to save, a new folder or an empty one.
        format: "coco" or "png".
        class_names: the class ids' meanings; None takes those of the `SegmentationData`.
        names: a name for each example; None takes those of the `SegmentationData`, or 000001, ...

    Returns:
        What `load_annotations` reads, with `folder / "images"` as its photos.

    Raises:
        FileExistsError: the folder holds something.
        OSError: the set cannot be written; says why. Nothing of it is left behind.
        ValueError: `format` is none of these, there are no examples, a name is no file's name or
            stands twice, or a mask is of another size than its image, or has an id without a name.

    Example:
        >>> import tempfile
        >>> example = np.zeros([4, 4, 3], np.uint8), np.eye(4, dtype=np.uint8)[..., None]
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     path = save_annotations([example], folder, class_names=("background", "cat"))
        ...     json.loads(path.read_text())["annotations"][0]["segmentation"]["counts"]
        [0, 1, 4, 1, 4, 1, 4, 1]
    """
    folder = Path(folder)
    if format not in ("coco", "png"):
        raise ValueError(f'format is {format!r}, expected "coco" or "png".')
    if folder.exists() and any(folder.iterdir()):
        raise FileExistsError(f"{folder} already holds something: name a new folder.")
    if isinstance(examples, SegmentationData):
        parts = examples.parts.values()
        class_names = class_names or examples.class_names
        own = [name.decode() for _, part in parts for name in part.as_numpy_iterator()]
        names = names or [name.replace("/", "_") for name in own]  # folders become part of it
        examples = chain.from_iterable(part for part, _ in parts)
    contents = {"images": [], "annotations": [], "categories": []}
    folder.parent.mkdir(parents=True, exist_ok=True)
    with write_whole(folder) as place:
        (place / "images").mkdir(parents=True)
        if format == "png":
            (place / "masks").mkdir()
            (place / CLASS_FILE).write_text("\n".join(class_names) + "\n", encoding="utf-8")
        for name, image, mask in _check_examples(examples, names, class_names):
            Image.fromarray(image).save(place / "images" / f"{name}.png")
            if format == "png":
                palette_image(mask).save(place / "masks" / f"{name}.png")
            else:
                _describe(name, mask, contents)
        if format == "coco":
            names = enumerate(class_names)
            contents["categories"] = [{"id": i, "name": name} for i, name in names if i]
            text = json.dumps(contents, ensure_ascii=False)
            (place / "annotations.json").write_text(text, encoding="utf-8")
    return folder / ("annotations.json" if format == "coco" else "masks")


def _check_examples(examples, names, class_names) -> Iterator[tuple]:
    """Give each example as its name, its image and its mask, uint8 [H, W]."""
    known = {*range(len(class_names)), VOID}
    numbers = (f"{number:06}" for number in count(1))
    taken = set()
    for (image, mask), name in zip(examples, names or numbers, strict=names is not None):
        if Path(name).name != name or name.casefold() in taken:
            raise ValueError(f"the name {name!r} is no file's or stands twice: give other names=.")
        taken.add(name.casefold())
        image, mask = np.asarray(image), np.asarray(mask)
        mask = mask.reshape(mask.shape[:2])
        if mask.shape != image.shape[:2]:
            raise ValueError(
                f"the mask of {name!r} is {list(mask.shape)} and its image {list(image.shape)}, "
                "expected one height and width."
            )
        if unknown := {*np.unique(mask).tolist()} - known:
            raise ValueError(
                f"the mask of {name!r} holds {sorted(unknown)[:5]}, expected ids from 0 to "
                f"{len(class_names) - 1}, which have names, or {VOID} for void."
            )
        yield name, image, mask.astype(np.uint8)
    if not taken:
        raise ValueError("examples holds no example, expected some: see what was loaded.")


def _describe(name: str, mask: np.ndarray, contents: dict) -> None:
    number, (height, width) = len(contents["images"]) + 1, mask.shape
    photo = {"id": number, "file_name": f"{name}.png", "height": height, "width": width}
    contents["images"].append(photo)
    for one in _annotations_of(mask):
        count = len(contents["annotations"])
        contents["annotations"].append({"id": count + 1, "image_id": number, **one})


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

"""From a folder of photos to a folder of masks that can be looked at."""

import os
from collections.abc import Iterable
from pathlib import Path

import keras
import numpy as np
from PIL import Image
from tqdm import tqdm

from unetlab.data import list_images, load_image, palette_image
from unetlab.photo.cut_out import cut_out
from unetlab.photo.looks import Look, make_alpha, predict_probability
from unetlab.prediction import predict_mask
from unetlab.saving import write_whole


def write_masks(
    model: keras.Model,
    images: str | Path | Iterable[str | Path],
    folder: str | Path,
    kind: str = "mask",
    threshold: float = 0.5,
    white: int | None = None,
) -> list[tuple[str, str]]:
    """Predict the masks of any number of photos, and write each as a PNG of the photo's name.

    Args:
        model: from image [B, h, w, 3] in 0..255 to logits [B, h, w, C].
        images: a folder, or the photos' paths.
        folder: where the PNGs are written; it is made where it is missing.
        kind: "mask", class ids as a palette's indices, in colours to look at, which `load_folder`
            reads back; "alpha", soft greys, white for the subject; or "cut_out", the subject on
            transparency. The last two are for models of one logit per pixel.
        threshold: as in `predict_mask`.
        white: as in `load_image`, and as when the photos to learn from were loaded.

    Returns:
        Name and reason of each photo that was left out: it cannot be read, or another one of its
        name, `a.jpg` and `a.png`, was written already.

    Raises:
        FileNotFoundError: `images` is a folder that is missing or holds no image.
        ValueError: the kind is unknown, a PNG would take a photo's place, or the threshold or the
            model is not as above.

    Example:
        >>> import tempfile
        >>> model = keras.Sequential([keras.Input([32, 32, 3]), keras.layers.Conv2D(1, 1)])
        >>> with tempfile.TemporaryDirectory() as place:
        ...     Image.new("RGB", (60, 40)).save(f"{place}/black.jpg")
        ...     left_out = write_masks(model, [f"{place}/black.jpg"], f"{place}/masks")
        ...     left_out, [path.name for path in Path(place, "masks").iterdir()]
        ([], ['black.png'])
    """
    make = {"mask": _make_mask, "alpha": _make_alpha, "cut_out": _make_cut_out}
    if kind not in make:
        raise ValueError(f"kind is {kind!r}, expected one of {', '.join(make)}.")
    folder = Path(folder)
    one_folder = isinstance(images, (str, os.PathLike))
    paths = list_images(images) if one_folder else [Path(image) for image in images]
    targets = [folder / f"{path.stem}.png" for path in paths]
    if lost := {path.resolve() for path in paths} & {path.resolve() for path in targets}:
        raise ValueError(
            f"{min(lost)} is a photo, and its mask would take its place: write the masks into "
            "another folder."
        )
    folder.mkdir(parents=True, exist_ok=True)
    left_out, written = [], set()
    for path, target in zip(progress := tqdm(paths, unit=" photos"), targets, strict=True):
        try:
            image = load_image(path, white=white)
        except (OSError, ValueError) as error:
            fault = str(error)
        else:
            fault = f"{target.name} is another photo's already" if target in written else ""
        if fault:
            left_out.append((path.name, fault))
            progress.write(f"Left out {path.name}: {fault}")
            continue
        with write_whole(target) as beside:
            make[kind](model, image, threshold).save(beside, "PNG")
        written.add(target)
    return left_out


def _make_mask(model, image, threshold) -> Image.Image:
    return palette_image(predict_mask(model, image, threshold)[..., 0])


def _alpha_of(model, image, threshold) -> np.ndarray:
    return make_alpha(predict_probability(model, image), Look(threshold=threshold))


def _make_alpha(model, image, threshold) -> Image.Image:
    return Image.fromarray(np.uint8(np.round(255 * _alpha_of(model, image, threshold)[..., 0])))


def _make_cut_out(model, image, threshold) -> Image.Image:
    return Image.fromarray(cut_out(image, _alpha_of(model, image, threshold)))

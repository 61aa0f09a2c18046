"""Mask files: from colours, greys or ids, as people save them, to class ids."""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np
from PIL import ImageOps

from unetlab.checks import check_colour
from unetlab.data.photos import is_deep, open_image, read_deep

Colour = tuple[int, int, int]
VOID = 255  # What Pascal VOC and many others write where nobody knows the class.


class MaskCoding(NamedTuple):
    """How masks are to be read: the arguments of `load_mask`, described in `load_folder`.

    Without colours and ids, what is brighter than half of white is class 1, the subject.
    """

    colours: Sequence[Colour] | None = None
    ids: Sequence[int] | None = None
    void_colour: Colour | None = None
    from_alpha: bool = False

    def describe(self, class_names: Sequence[str]) -> str:
        """Say in a few words what stands for which class."""
        whence = "the alpha channel's " if self.from_alpha else ""
        if self.ids is None and self.colours is None:
            return f"{whence}brightness: above 127 {class_names[1]}"
        what, given = ("numbers", self.ids) if self.colours is None else ("colours", self.colours)
        said = [f"{sign} {name}" for sign, name in zip(given, class_names, strict=True)]
        shown = said if len(said) <= 5 else [*said[:4], "...", said[-1]]
        shown += [] if self.void_colour is None else [f"{self.void_colour} void"]
        return f"{whence}{what}: {', '.join(shown)}"


class MaskFile(NamedTuple):
    """What a mask file holds, upright, before it means anything."""

    values: np.ndarray  # Greys or a palette's indices [H, W], or colours uint8 [H, W, 3].
    white: int = 255  # The grey that is white: 255, 65535 or, of floats, 1.
    palette: np.ndarray | None = None  # uint8 [256, 3], the colours that indices stand for.
    lossy: bool = False  # A JPEG's values are only nearly those that were saved.
    alpha: np.ndarray | None = None  # uint8 [H, W], how opaque each pixel is.


def load_mask(
    path: str | Path,
    colours: Sequence[Colour] | None = None,
    ids: Sequence[int] | None = None,
    void_colour: Colour | None = None,
    from_alpha: bool = False,
) -> np.ndarray:
    """Read a mask file, upright, as class ids uint8 [H, W, 1]; arguments as in `load_folder`."""
    for colour in () if colours is None else colours:
        check_colour(colour)
    found = read_mask_file(path)
    if from_alpha and found.alpha is None:
        raise ValueError(
            f"{path} has no alpha channel, expected one with from_alpha=True: save it as a PNG "
            "with transparency, or pass from_alpha=False to read its colours."
        )
    found = MaskFile(found.alpha) if from_alpha else found
    coding = MaskCoding(colours, ids, void_colour)
    try:
        return read_classes(found, coding)[..., None]
    except ValueError as error:
        raise ValueError(f"{path} {error}") from error


def read_mask_file(path: str | Path) -> MaskFile:
    """Read what a mask file holds; a ValueError says that it is no image, empty or cut short."""
    try:
        with open_image(path) as image:
            lossy = image.format in ("JPEG", "MPO")
            image = ImageOps.exif_transpose(image)
            if is_deep(image):
                return MaskFile(*read_deep(image), lossy=lossy)
            if image.mode == "P":
                colours = np.array(image.getpalette("RGB"), np.uint8).reshape(-1, 3)
                palette = np.zeros([256, 3], np.uint8)
                palette[: len(colours)] = colours[:256]
                return MaskFile(np.asarray(image), palette=palette, lossy=lossy)
            alpha = np.asarray(image.getchannel("A")) if "A" in image.getbands() else None
            # Drops the alpha channel and keeps the colours.
            image = image.convert("L" if image.mode in ("1", "L", "LA") else "RGB")
            return MaskFile(np.asarray(image), lossy=lossy, alpha=alpha)
    except Exception as error:  # Pillow's decoders raise many kinds.
        raise ValueError(
            f"{path} cannot be read as a mask ({error}); save it again from its source, or take it "
            "out of the folder."
        ) from error


def read_classes(found: MaskFile, coding: MaskCoding) -> np.ndarray:
    """Turn what a mask file holds into class ids uint8 [H, W]."""
    if coding.ids is not None:
        return _look_up_ids(found, coding.ids)
    if coding.colours is None and found.values.ndim == 2 and found.palette is None:
        return (found.values > 127 * (found.white / 255)).astype(np.uint8)
    # A palette is 256 colours at most: each is looked at once.
    pixels = colours_of(found) if found.palette is None else found.palette[None]
    if coding.colours is None:
        # Channel by channel: NumPy is ten times slower along an axis of three.
        classes = (np.maximum.reduce(cv2.split(pixels)) > 127).astype(np.uint8)
    else:
        void = [] if coding.void_colour is None else [coding.void_colour]
        classes = _nearest(pixels, [*coding.colours, *void])
        classes[classes == len(coding.colours)] = VOID
    return classes if found.palette is None else cv2.LUT(found.values, classes[0])


def count_ids(mask: np.ndarray) -> dict[int, int]:
    """Count the pixels of each id that occurs in a mask."""
    counts = np.bincount(mask.ravel())
    return {i: int(counts[i]) for i in np.flatnonzero(counts).tolist()}


def colours_of(found: MaskFile) -> np.ndarray:
    """Turn what a mask file holds into colours uint8 [H, W, 3]."""
    if found.palette is not None:
        return found.palette[found.values]
    if found.values.ndim == 3:
        return found.values
    greys = np.uint8(np.rint(found.values * (255 / found.white)))
    return np.repeat(greys[..., None], 3, axis=2)


def numbers_of(found: MaskFile) -> np.ndarray | None:
    """Return the whole numbers [H, W] that a mask file holds, also in three equal channels."""
    if found.values.dtype.kind == "f":
        return None
    if found.values.ndim == 2:
        return found.values
    red, green, blue = cv2.split(found.values)
    return red if (red == green).all() and (red == blue).all() else None


def _nearest(pixels: np.ndarray, colours: Sequence[Colour]) -> np.ndarray:
    # |value - colour|² less |value|², which is the same for all colours; whole numbers below 2**24,
    # which float32 holds exactly.
    colours = np.asarray(colours, np.float32)
    weights = np.column_stack([-2 * colours, (colours**2).sum(axis=1)])
    classes = np.empty(pixels.shape[:2], np.uint8)
    # A distance to each colour for each pixel: a few rows at a time, to save memory.
    rows = max(1, 2**20 // pixels.shape[1])
    for top in range(0, len(pixels), rows):
        part = pixels[top : top + rows].astype(np.float32)
        distances = cv2.split(cv2.transform(part, weights))
        classes[top : top + rows] = np.argmin(distances, axis=0)
    return classes


def _look_up_ids(found: MaskFile, ids: Sequence[int]) -> np.ndarray:
    numbers = numbers_of(found)
    if numbers is None:
        raise ValueError(f"holds colours or fractions, expected the numbers {list(ids)}.")
    class_of = np.full(65536, -1, np.int16)
    class_of[VOID] = VOID
    class_of[list(ids)] = range(len(ids))
    mask = class_of[numbers]
    if mask.min() < 0:
        others = np.unique(numbers[mask < 0])[:5].tolist()
        raise ValueError(
            f"holds the numbers {others}, expected {list(ids)} or 255 for void: draw it again, or "
            "say with ids= which number stands for which class."
        )
    return mask.astype(np.uint8)

"""Mask files: from colours, greys or ids, as people save them, to class ids."""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np
from PIL import ImageOps

from unetlab.arguments import check_path, is_number, is_whole
from unetlab.data.photos import is_deep, open_image, read_deep

Colour = tuple[int, int, int]
VOID = 255  # What Pascal VOC and many others write where nobody knows the class.


class MaskFile(NamedTuple):
    """What a mask file holds, upright, before it means anything.

    Attributes:
        values: greys or a palette's indices [H, W], or colours uint8 [H, W, 3].
        white: the grey that is white: 255, 65535 or, of floats, 1.
        palette: uint8 [256, 3], the colours that the indices stand for, or None.
        lossy: whether the file is a JPEG, whose values are only nearly those that were saved.
        alpha: uint8 [H, W], how opaque each pixel is, or None.
    """

    values: np.ndarray
    white: int = 255
    palette: np.ndarray | None = None
    lossy: bool = False
    alpha: np.ndarray | None = None


def load_mask(
    path: str | Path,
    colours: Sequence[Colour] | None = None,
    threshold: int = 127,
    ids: Sequence[int] | None = None,
    void_colour: Colour | None = None,
    from_alpha: bool = False,
) -> np.ndarray:
    """Read a mask file, upright, as class ids.

    Args:
        path: the file, of a format that `load_image` reads.
        colours: one colour (red, green, blue), 0..255, for each class; a pixel takes the class of
            the nearest one, as a mask saved as JPEG holds other colours too. None for a grey mask.
        threshold: of a grey mask, values above it are class 1, the subject; 0..254, also where the
            file's greys have more bits.
        ids: of a mask that holds numbers (greys, or a palette's indices), the number that stands
            for each class, in the order of the classes; 255 is void, unless it is among them.
        void_colour: beside `colours`, the one that stands for void.
        from_alpha: whether the mask is what the alpha channel says, taken as greys; else
            transparency is ignored, and what counts is the colour that a pixel has underneath.

    Returns:
        mask: uint8 [H, W, 1], class ids from 0, and 255 where it is void.

    Raises:
        ValueError: the file is no image, empty or cut short, has no alpha channel where the mask
            should be there, or holds a number that is not in `ids`; or an argument is out of range.

    Example:
        >>> import tempfile
        >>> from PIL import Image
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     Image.new("RGB", (2, 1), (250, 3, 0)).save(f"{folder}/mask.png")
        ...     load_mask(f"{folder}/mask.png", [(0, 0, 255), (255, 0, 0)]).ravel().tolist()
        [1, 1]
    """
    check_coding(colours, threshold, ids, void_colour)
    found = read_mask_file(check_path("path", path))
    if from_alpha and found.alpha is None:
        raise ValueError(
            f"{path} has no alpha channel, expected one with from_alpha=True: save it as a PNG "
            "with transparency, or pass from_alpha=False to read its colours."
        )
    if from_alpha:
        found = MaskFile(found.alpha)
    return read_classes(found, path, colours, threshold, ids, void_colour)[..., None]


def check_coding(colours, threshold, ids, void_colour=None) -> None:
    """Raise a `ValueError` unless these say in one way what a mask file means.

    Args:
        colours: as in `load_mask`.
        threshold: as in `load_mask`.
        ids: as in `load_mask`.
        void_colour: as in `load_mask`.

    Raises:
        ValueError: says which is out of range or stands twice, or that two of them exclude each
            other.

    Example:
        >>> check_coding(None, 300, None)
        Traceback (most recent call last):
        ...
        ValueError: threshold is 300, expected a grey in 0..254: take 127, half of white.
    """
    if colours is not None and ids is not None:
        raise ValueError("colours and ids are both given, expected one: leave out the other.")
    if not is_number(threshold) or not 0 <= threshold < 255:
        raise ValueError(
            f"threshold is {threshold!r}, expected a grey in 0..254: take 127, half of white."
        )
    if ids is not None:
        _check_different("ids", ids, lambda number: is_whole(number) and 0 <= number < 65536,
                         "the masks' numbers, in 0..65535")  # fmt: skip
    if colours is None and void_colour is not None:
        raise ValueError(
            f"void_colour is {void_colour!r} without colours, expected it beside them: give the "
            "classes' colours too."
        )
    if colours is not None:
        void = [] if void_colour is None else [void_colour]
        _check_different("colours", [*colours, *void], _is_colour,
                         "(red, green, blue) for each class, in 0..255")  # fmt: skip


def _check_different(name: str, given, is_good, expected: str) -> None:
    usable = isinstance(given, (Sequence, np.ndarray)) and not isinstance(given, str)
    if not usable or len(given) < 2 or not all(is_good(one) for one in given):
        raise ValueError(f"{name} is {given!r}, expected {expected}: give one for each class.")
    if len({str(np.asarray(one).tolist()) for one in given}) < len(given):
        raise ValueError(
            f"{name} is {given!r}, expected a different one of {name} for each class: two classes "
            "that look the same cannot be told apart."
        )


def _is_colour(colour) -> bool:
    try:
        return len(colour) == 3 and all(is_number(part) and 0 <= part <= 255 for part in colour)
    except TypeError:  # A number, say.
        return False


def read_classes(
    found: MaskFile,
    path: str | Path,
    colours: Sequence[Colour] | None = None,
    threshold: int = 127,
    ids: Sequence[int] | None = None,
    void_colour: Colour | None = None,
) -> np.ndarray:
    """Turn what a mask file holds into class ids.

    Args:
        found: of `read_mask_file`.
        path: the file, for messages.
        colours: as in `load_mask`.
        threshold: as in `load_mask`.
        ids: as in `load_mask`.
        void_colour: as in `load_mask`.

    Returns:
        uint8 [H, W].

    Raises:
        ValueError: it holds a number that is not in `ids`.

    Example:
        >>> read_classes(MaskFile(np.uint8([[0, 9]])), "a.png", ids=(9, 0)).tolist()
        [[1, 0]]
    """
    if ids is not None:
        return _look_up_ids(found, ids, path)
    if colours is not None:
        table = colours if void_colour is None else [*colours, void_colour]
        classes = _classify(found, lambda pixels: _nearest(pixels, table))
        if void_colour is not None:
            classes[classes == len(colours)] = VOID
        return classes
    if found.values.ndim == 2 and found.palette is None:
        return (found.values > threshold * (found.white / 255)).astype(np.uint8)
    return _classify(found, lambda pixels: _is_brighter(pixels, threshold))


def read_mask_file(path: str | Path) -> MaskFile:
    """Read what a mask file holds.

    Args:
        path: the file.

    Returns:
        A `MaskFile`.

    Raises:
        ValueError: the file is no image, empty or cut short.

    Example:
        >>> import tempfile
        >>> from PIL import Image
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     Image.new("L", (2, 1), 3).save(f"{folder}/mask.png")
        ...     read_mask_file(f"{folder}/mask.png").values.tolist()
        [[3, 3]]
    """
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


def colours_of(found: MaskFile) -> np.ndarray:
    """Turn what a mask file holds into colours.

    Args:
        found: of `read_mask_file`.

    Returns:
        uint8 [H, W, 3].

    Example:
        >>> colours_of(MaskFile(np.array([[65535]], np.uint16), white=65535)).tolist()
        [[[255, 255, 255]]]
    """
    if found.palette is not None:
        return found.palette[found.values]
    if found.values.ndim == 3:
        return found.values
    return np.repeat(_greys_of(found)[..., None], 3, axis=2)


def _greys_of(found: MaskFile) -> np.ndarray:
    return np.uint8(np.rint(found.values * (255 / found.white)))


def _classify(found: MaskFile, class_of) -> np.ndarray:
    if found.values.ndim == 3:
        return class_of(found.values)
    # A palette or greys are 256 colours at most: each is looked at once.
    if found.palette is not None:
        return cv2.LUT(found.values, class_of(found.palette[None])[0])
    greys = np.arange(256, dtype=np.uint8)[None, :, None].repeat(3, axis=2)
    return cv2.LUT(_greys_of(found), class_of(greys)[0])


def _is_brighter(pixels: np.ndarray, threshold: int) -> np.ndarray:
    # Channel by channel: NumPy is ten times slower along an axis of three.
    return (np.maximum.reduce(cv2.split(pixels)) > threshold).astype(np.uint8)


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


def _look_up_ids(found: MaskFile, ids: Sequence[int], path) -> np.ndarray:
    numbers = numbers_of(found)
    if numbers is None or numbers.dtype.kind == "f":
        raise ValueError(f"{path} holds colours or fractions, expected the numbers {list(ids)}.")
    class_of = np.full(65536, -1, np.int16)
    class_of[VOID] = VOID
    class_of[list(ids)] = range(len(ids))
    mask = class_of[numbers]
    if mask.min() < 0:
        others = np.unique(numbers[mask < 0])[:5].tolist()
        raise ValueError(
            f"{path} holds the numbers {others}, expected {list(ids)} or 255 for void: draw it "
            "again, or say with ids= which number stands for which class."
        )
    return mask.astype(np.uint8)


def numbers_of(found: MaskFile) -> np.ndarray | None:
    """Return what a mask file holds as numbers, where it holds numbers.

    Args:
        found: of `read_mask_file`.

    Returns:
        Greys or a palette's indices [H, W], also of a colour file of equal channels; else None.

    Example:
        >>> numbers_of(MaskFile(np.full([1, 1, 3], 4, np.uint8))).tolist()
        [[4]]
    """
    if found.values.ndim == 2:
        return found.values
    red, green, blue = cv2.split(found.values)
    return red if (red == green).all() and (red == blue).all() else None

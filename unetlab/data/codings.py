"""Codings: what the numbers and colours in a set of mask files mean, found out or refused."""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from unetlab.data.masks import VOID, Colour, MaskFile, colours_of, numbers_of, read_mask_file

GLANCE = 64  # Pixels of the longer side; enough to see which colours a mask has.


class MaskCoding(NamedTuple):
    """How masks are to be read; the arguments of `load_mask`.

    Attributes:
        colours: the colour of each class, or None.
        threshold: of grey masks, values above it are the subject.
        ids: the number that stands for each class, or None.
    """

    colours: Sequence[Colour] | None = None
    threshold: int = 127
    ids: Sequence[int] | None = None


def find_mask_coding(paths: Sequence[str | Path], class_names: Sequence[str]) -> MaskCoding:
    """Find out how masks are coded, from a few dozen of a set.

    Masks of more than two classes have to hold the class ids, from 0 or from 1, as greys or as a
    palette's indices, with 255 for void. So may masks of one background and one subject. These may
    also have two strong colours, of which the background's is the one that more of the pictures'
    borders have; or the subject is what is brighter than half.

    Args:
        paths: mask files; those that cannot be read are passed over.
        class_names: the class ids' meanings, from id 0.

    Returns:
        A `MaskCoding`.

    Raises:
        ValueError: the masks cannot be understood, or in more than one way.

    Example:
        >>> import tempfile
        >>> from PIL import Image
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     Image.new("L", (4, 4), 255).save(f"{folder}/mask.png")
        ...     find_mask_coding([f"{folder}/mask.png"], ["background", "cat"])
        MaskCoding(colours=None, threshold=127, ids=None)
    """
    glances, numbers, exact, black_first, lossy = [], set(), True, True, False
    for path in paths:
        try:
            found = read_mask_file(path)
        except ValueError:
            continue  # Named later, when every file is looked at.
        glances.append(_glance(found))
        held = numbers_of(found)
        exact &= held is not None and held.dtype.kind != "f" and not found.lossy
        lossy |= found.lossy
        black_first &= found.palette is not None and not found.palette[0].any()
        numbers |= set(np.unique(held).tolist()) if held is not None else set()
    if not glances:
        return MaskCoding()
    if len(class_names) > 2:
        return MaskCoding(ids=_find_ids(numbers if exact else None, class_names))
    # Of two classes, {0, 1} may also be a palette's indices of any two colours, and {0, 255} greys.
    if exact and numbers <= {0, 1, 2, VOID} and ({1, 2} <= numbers or {0, 1, VOID} <= numbers):
        return MaskCoding(ids=_find_ids(numbers, class_names))
    # Palettes of ids, such as Pascal VOC's, give the first, the background, black.
    if exact and black_first and numbers == {0, 1}:
        return MaskCoding(ids=(0, 1))
    return _find_two(glances, max(numbers, default=VOID), lossy)


def _glance(found: MaskFile) -> np.ndarray:
    step = -(-max(found.values.shape[:2]) // GLANCE)
    return colours_of(found._replace(values=found.values[step // 2 :: step, step // 2 :: step]))


def _find_ids(numbers: set[int] | None, class_names: Sequence[str]) -> tuple[int, ...]:
    count = len(class_names)
    named = f"{count} class names"
    if numbers is None:
        raise ValueError(
            f"the masks hold colours or the noise of a JPEG, expected for {named} masks of class "
            "ids: give the classes' colours with colours=, one (red, green, blue) each."
        )
    found = numbers - {VOID}
    shown = ", ".join(map(str, sorted(numbers)[:8])) + (", ..." if len(numbers) > 8 else "")
    advice = "say with ids= which number stands for which class, in the order of class_names"
    from_zero, from_one = tuple(range(count)), tuple(range(1, count + 1))
    if len(found) < 2 or not found <= {*from_zero, *from_one}:
        raise ValueError(
            f"the masks hold the numbers {shown}, expected for {named} 0 to {count - 1} or "
            f"1 to {count}: {advice}."
        )
    if 0 in found and count in found:
        raise ValueError(
            f"the masks hold the numbers {shown}, which may be {count + 1} classes from 0, or "
            f"{count} from 1 and 0 for void: {advice}."
        )
    if 0 not in found and count not in found:
        raise ValueError(
            f"the masks hold the numbers {shown}, which may be ids from 0, without any "
            f"{class_names[0]}, or from 1, without any {class_names[-1]}: {advice}."
        )
    return from_zero if 0 in found else from_one


def _find_two(glances: list[np.ndarray], largest: float, lossy: bool) -> MaskCoding:
    pixels = np.concatenate([glance.reshape(-1, 3) for glance in glances])
    strong = pixels.max(axis=1).astype(int) - pixels.min(axis=1) > 64
    if strong.mean() < 0.005:
        return MaskCoding(threshold=0 if largest <= 1 and pixels.max() <= 1 else 127)
    if not lossy:
        _refuse_a_third(pixels)
    commonest = _two_commonest(pixels)
    borders = np.concatenate(
        [np.concatenate([part[0], part[-1], part[:, 0], part[:, -1]]) for part in glances]
    )
    first_is_nearer = _distance(borders, commonest[0]) < _distance(borders, commonest[1])
    return MaskCoding(commonest if first_is_nearer.mean() >= 0.5 else commonest[::-1])


def _refuse_a_third(pixels: np.ndarray) -> None:
    # Smoothed outlines hold many colours, but little of each.
    colours, counts = np.unique(pixels, axis=0, return_counts=True)
    often = colours[counts > 0.03 * len(pixels)]
    if len(often) > 2:
        raise ValueError(
            f"the masks hold the colours {[tuple(colour) for colour in often[:5].tolist()]}, "
            "expected for 2 class names one each: give the two with colours=, or name all classes "
            "in class_names, void among them."
        )


def _two_commonest(pixels: np.ndarray) -> list[Colour]:
    # Neighbouring colours are counted together, so that a JPEG's noise does not split one in many.
    _, inverse, counts = np.unique(pixels // 64, axis=0, return_inverse=True, return_counts=True)
    order = np.argsort(counts)[::-1][:2]
    if len(order) < 2:
        raise ValueError(
            f"the masks hold one colour only, {tuple(pixels[0].tolist())}, expected one for the "
            "background and one for the subject: see whether these are the masks."
        )
    medians = [np.median(pixels[inverse.ravel() == i], axis=0) for i in order]
    return [tuple(int(value) for value in median) for median in medians]


def _distance(pixels: np.ndarray, colour: Colour) -> np.ndarray:
    return ((pixels.astype(np.int32) - colour) ** 2).sum(axis=1)

"""Codings: what the numbers and colours in a set of mask files mean, found out or refused."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from unetlab.data.masks import (
    VOID,
    Colour,
    MaskFile,
    colours_of,
    numbers_of,
    read_classes,
    read_mask_file,
)
from unetlab.data.numbers import find_ids, refuse_two_greys, refuse_two_meanings

GLANCE = 64  # Pixels of the longer side; enough to see which colours a mask has.
VOC_CLASSES = 21  # Of Pascal VOC, the background among them; one more of its colours is void's.


class MaskCoding(NamedTuple):
    """How masks are to be read; the arguments of `load_mask`.

    Attributes:
        colours: the colour of each class, or None.
        threshold: of grey masks, values above it are the subject.
        ids: the number that stands for each class, or None.
        void_colour: the colour of void, or None.
        from_alpha: whether the alpha channel is the mask.
    """

    colours: Sequence[Colour] | None = None
    threshold: int = 127
    ids: Sequence[int] | None = None
    void_colour: Colour | None = None
    from_alpha: bool = False

    def describe(self, class_names: Sequence[str]) -> str:
        """Say in a few words what stands for which class.

        Args:
            class_names: the class ids' meanings, from id 0.

        Returns:
            Words that follow "read by".

        Example:
            >>> MaskCoding(ids=(0, 5)).describe(["background", "cat"])
            'numbers: 0 background, 5 cat'
        """
        whence = "the alpha channel's " if self.from_alpha else ""
        if self.ids is None and self.colours is None:
            return f"{whence}brightness: above {self.threshold} {class_names[1]}"
        what, given = ("numbers", self.ids) if self.colours is None else ("colours", self.colours)
        said = [f"{sign} {name}" for sign, name in zip(given, class_names, strict=True)]
        shown = said if len(said) <= 5 else [*said[:4], "...", said[-1]]
        shown += [] if self.void_colour is None else [f"{self.void_colour} void"]
        return f"{whence}{what}: {', '.join(shown)}"


class _Seen:
    """What a few dozen masks hold, of which only small copies are kept."""

    def __init__(self):
        self.glances, self.numbers, self.names = [], set(), []
        self.exact, self.black_first, self.lossy, self.palette = True, True, False, False

    def add(self, found: MaskFile, name) -> None:
        step = -(-max(found.values.shape[:2]) // GLANCE)
        small = [part if part is None else part[step // 2 :: step, step // 2 :: step]
                 for part in (found.values, found.alpha)]  # fmt: skip
        self.glances.append(found._replace(values=small[0], alpha=small[1]))
        self.names.append(name)
        held = numbers_of(found)
        self.exact &= held is not None and held.dtype.kind != "f" and not found.lossy
        self.lossy |= found.lossy
        self.palette |= found.palette is not None
        self.black_first &= found.palette is not None and not found.palette[0].any()
        self.numbers |= set(np.unique(held).tolist()) if held is not None else set()

    def colours(self) -> list[np.ndarray]:
        return [colours_of(glance) for glance in self.glances]

    def classes(self, coding: MaskCoding) -> np.ndarray:
        how = coding._replace(from_alpha=False)[:4]
        read = [read_classes(*pair, *how) for pair in zip(self.glances, self.names, strict=True)]
        return np.concatenate([part.ravel() for part in read])


def find_mask_coding(
    paths: Iterable[str | Path], class_names: Sequence[str], from_alpha: bool | None = None
) -> MaskCoding:
    """Find out how masks are coded, from a few dozen of a set.

    Masks of more than two classes hold the class ids, from 0 or from 1, or greys spread evenly over
    0..255, as greys or as a palette's indices, with 255 for void; or Pascal VOC's colours. So may
    masks of one background and one subject. These may also have two strong colours, of which the
    background's is the one that more of the pictures' borders have; or the subject is what is
    brighter than half. Where the colours say nothing, the alpha channel is the mask.

    Args:
        paths: mask files; those that cannot be read are passed over.
        class_names: the class ids' meanings, from id 0.
        from_alpha: as in `load_mask`; None finds out.

    Returns:
        A `MaskCoding`.

    Raises:
        ValueError: the masks cannot be understood, or in more than one way.

    Example:
        >>> import tempfile
        >>> from PIL import Image
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     Image.new("L", (4, 4), 255).save(f"{folder}/mask.png")
        ...     find_mask_coding([f"{folder}/mask.png"], ["background", "cat"]).threshold
        127
    """
    seen, alpha, has_alpha = _Seen(), _Seen(), True
    for path in paths:
        try:
            found = read_mask_file(path)
        except ValueError:
            continue  # Named later, when every file is looked at.
        seen.add(found, path)
        has_alpha &= found.alpha is not None
        if has_alpha:
            alpha.add(MaskFile(found.alpha), path)
    if not seen.glances:
        return MaskCoding(from_alpha=bool(from_alpha))
    varied = has_alpha and len(alpha.numbers) > 1
    if from_alpha or (from_alpha is None and varied and _means_nothing(seen, class_names)):
        # A file without one is named later, too.
        return _settle(alpha if has_alpha else seen, class_names)._replace(from_alpha=True)
    if from_alpha is None and varied:
        return _settle_both(seen, alpha, class_names)
    return _settle(seen, class_names)


def _means_nothing(seen: _Seen, class_names) -> bool:
    # A mask has few colours and, where outlines are smooth, little of all others.
    pixels = np.concatenate([part.reshape(-1, 3) for part in seen.colours()])
    counts = np.sort(np.unique(pixels, axis=0, return_counts=True)[1])[::-1]
    return len(counts) == 1 or counts[: len(class_names) + 1].sum() < 0.9 * len(pixels)


def _settle_both(seen: _Seen, alpha: _Seen, class_names) -> MaskCoding:
    by_colours, by_alpha = (_settled_or_error(one, class_names) for one in (seen, alpha))
    if isinstance(by_colours, ValueError) and isinstance(by_alpha, ValueError):
        raise by_colours
    if isinstance(by_colours, MaskCoding):
        classes = seen.classes(by_colours)
        if isinstance(by_alpha, MaskCoding):
            same = (classes == alpha.classes(by_alpha)).all()
        else:
            # An alpha that follows from the class, as a clear background's, says nothing more.
            opaque = np.concatenate([glance.alpha.ravel() for glance in seen.glances])
            same = all(np.ptp(opaque[classes == number]) == 0 for number in np.unique(classes))
        if same:
            return by_colours
    raise ValueError(
        "the masks hold colours and an alpha channel, which say different things, expected one "
        "mask: pass from_alpha=True to take what is opaque as the subject, or from_alpha=False to "
        "take the colours."
    )


def _settled_or_error(seen: _Seen, class_names) -> MaskCoding | ValueError:
    try:
        return _settle(seen, class_names)
    except ValueError as error:
        return error


def _settle(seen: _Seen, class_names: Sequence[str]) -> MaskCoding:
    numbers, exact = seen.numbers, seen.exact
    if len(class_names) > 2:
        return (
            MaskCoding(ids=find_ids(numbers, class_names))
            if exact
            else _find_voc(seen, class_names)
        )
    # Of two classes, {0, 1} may also be a palette's indices of any two colours, and {0, 255} greys.
    if exact and numbers <= {0, 1, 2, VOID} and ({1, 2} <= numbers or {0, 1, VOID} <= numbers):
        return MaskCoding(ids=find_ids(numbers, class_names))
    # Palettes of ids, such as Pascal VOC's, give the first, the background, black.
    if exact and seen.black_first and numbers == {0, 1}:
        return MaskCoding(ids=(0, 1))
    return _find_two(seen, class_names)


def _find_voc(seen: _Seen, class_names: Sequence[str]) -> MaskCoding:
    colours, often = _count_colours(seen)
    count = len(class_names)
    ids = None if seen.lossy or count > VOC_CLASSES else _voc_ids(colours)
    if ids and ids <= {*range(count), VOID}:
        return _voc_coding(count)
    beyond = f", Pascal VOC's of the ids {sorted(ids)}" if ids else ""
    shown = f"{', '.join(map(str, often[:8]))}{', ...' * (len(often) > 8)}{beyond}"
    raise ValueError(
        f"the masks hold colours, fractions or the noise of a JPEG ({shown}), expected for {count} "
        "class names masks of class ids, or Pascal VOC's colours up to "
        f"{tuple(voc_palette()[count - 1].tolist())}: give the classes' colours with colours=, one "
        "(red, green, blue) each, in the order of class_names."
    )


def _voc_coding(count: int) -> MaskCoding:
    palette = [tuple(colour) for colour in voc_palette().tolist()]
    return MaskCoding(colours=palette[:count], void_colour=palette[VOID])


def _voc_ids(colours: Sequence[Colour]) -> set[int] | None:
    palette = {tuple(colour): number for number, colour in enumerate(voc_palette().tolist())}
    ids = {palette.get(colour) for colour in colours}
    strong = any(max(colour) != min(colour) for colour in colours)
    known = ids <= {*range(VOC_CLASSES), VOID} and len(ids - {VOID}) > 1
    return ids if known and strong else None


def _count_colours(seen: _Seen) -> tuple[list[Colour], list[Colour]]:
    # All, and those that are more than smooth outlines' in-between, the commonest first.
    pixels = np.concatenate([part.reshape(-1, 3) for part in seen.colours()])
    colours, counts = np.unique(pixels, axis=0, return_counts=True)
    order = np.argsort(-counts, kind="stable")
    often = [tuple(colours[i].tolist()) for i in order if counts[i] > 0.03 * len(pixels)]
    return [tuple(colour) for colour in colours.tolist()], often


def _find_two(seen: _Seen, class_names) -> MaskCoding:
    glances = seen.colours()
    pixels = np.concatenate([glance.reshape(-1, 3) for glance in glances])
    strong = pixels.max(axis=1).astype(int) - pixels.min(axis=1) > 64
    if strong.mean() < 0.005:
        if seen.exact and not seen.palette:
            refuse_two_greys(seen.numbers, class_names)
        largest = max(seen.numbers, default=VOID)
        return MaskCoding(threshold=0 if largest <= 1 and pixels.max() <= 1 else 127)
    colours, often = _count_colours(seen)
    voc = None if seen.lossy else _voc_ids(colours)
    if voc == {0, 1, VOID}:
        return _voc_coding(2)
    if not seen.lossy and len(often) > 2:
        # Smoothed outlines hold many colours, but little of each.
        raise ValueError(
            f"the masks hold the colours {often[:5]}, expected for 2 class names one each: give "
            "the two with colours=, or name all classes in class_names, void among them."
        )
    commonest = _two_commonest(pixels)
    borders = np.concatenate(
        [np.concatenate([part[0], part[-1], part[:, 0], part[:, -1]]) for part in glances]
    )
    first_is_nearer = _distance(borders, commonest[0]) < _distance(borders, commonest[1])
    found = commonest if first_is_nearer.mean() >= 0.5 else commonest[::-1]
    if voc == {0, 1}:
        if list(found) == _voc_coding(2).colours:
            return _voc_coding(2)
        refuse_two_meanings(found, class_names)
    return MaskCoding(found)


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


def voc_palette() -> np.ndarray:
    """Return Pascal VOC's colours: the bits of an id, spread over red, green and blue in turn.

    Returns:
        uint8 [256, 3].

    Example:
        >>> voc_palette()[[1, 2, 15, 255]].tolist()
        [[128, 0, 0], [0, 128, 0], [192, 128, 128], [224, 224, 192]]

    Source: `VOClabelcolormap` in the development kit of http://host.robots.ox.ac.uk/pascal/VOC/.
    """
    ids = np.arange(256)[:, None]
    channels = np.arange(3)
    colours = sum(((ids >> (3 * bit + channels)) & 1) << (7 - bit) for bit in range(3))
    return colours.astype(np.uint8)

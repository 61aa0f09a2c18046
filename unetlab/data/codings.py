"""Codings: what the numbers and colours in a set of mask files mean, found out or refused."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from unetlab.data.masks import (
    VOID,
    Colour,
    MaskCoding,
    MaskFile,
    colours_of,
    numbers_of,
    read_classes,
    read_mask_file,
)

LOOKED_AT = 40  # Masks; more only where these are all empty.
GLANCE = 64  # Pixels of the longer side; enough to see which colours a mask has.
NEAR = 64  # Of 255: colours this near are one, made several by smoothing or a JPEG's noise.
VOC_CLASSES = 21  # Of Pascal VOC, the background among them; one more of its colours is void's.


class _Seen:
    """What some masks hold: all of their numbers, and their colours in small copies."""

    def __init__(self):
        self.glances, self.numbers = [], set()
        self.exact, self.palettes, self.lossy = True, [], False

    def add(self, found: MaskFile) -> None:
        step = -(-max(found.values.shape[:2]) // GLANCE)
        small = found.values[step // 2 :: step, step // 2 :: step].copy()
        self.glances.append(found._replace(values=small, alpha=None))
        numbers = numbers_of(found)
        self.exact &= numbers is not None and not found.lossy
        self.lossy |= found.lossy
        self.palettes += [] if found.palette is None else [found.palette]
        if numbers is not None:
            self.numbers |= set(np.flatnonzero(np.bincount(numbers.ravel())).tolist())

    def pixels(self) -> np.ndarray:
        return np.concatenate([colours_of(glance).reshape(-1, 3) for glance in self.glances])

    def classes(self, coding: MaskCoding) -> np.ndarray:
        return np.concatenate([read_classes(glance, coding).ravel() for glance in self.glances])


def find_mask_coding(
    paths: Sequence[str | Path], class_names: Sequence[str], from_alpha: bool | None = None
) -> MaskCoding:
    """Find out how masks are coded, as `load_folder` says, from a few dozen of them.

    A ValueError says what is unclear. Where the colours say nothing, the alpha channel is the mask.
    """
    seen, alpha, everywhere = _Seen(), _Seen(), True
    step = -(-len(paths) // LOOKED_AT) or 1
    for place, path in enumerate(path for first in range(step) for path in paths[first::step]):
        if place >= LOOKED_AT and (len(seen.numbers) > 1 or not seen.exact):
            break
        try:
            found = read_mask_file(path)
        except ValueError:
            continue  # Named later, when every file is looked at.
        seen.add(found)
        if found.alpha is not None:
            alpha.add(MaskFile(found.alpha))
        everywhere &= found.alpha is not None
    if not seen.glances or (from_alpha and not alpha.glances):
        return MaskCoding(from_alpha=bool(from_alpha))
    if from_alpha:
        return _settle(alpha, class_names)._replace(from_alpha=True)
    if from_alpha is None and everywhere and len(alpha.numbers) > 1:
        return _settle_both(seen, alpha, class_names)
    return _settle(seen, class_names)


def _settle_both(seen: _Seen, alpha: _Seen, class_names: Sequence[str]) -> MaskCoding:
    by_colours, by_alpha = (_settle_or_none(one, class_names) for one in (seen, alpha))
    if by_alpha and (by_colours is None or np.ptp(seen.pixels(), axis=0).max() == 0):
        return by_alpha._replace(from_alpha=True)
    if by_alpha is None:
        return by_colours or _settle(seen, class_names)
    if (seen.classes(by_colours) == alpha.classes(by_alpha)).mean() > 0.99:
        return by_colours
    raise ValueError(
        "the masks hold colours and an alpha channel, which say different things, expected one "
        "mask: pass from_alpha=True to take what is opaque as the subject, or from_alpha=False to "
        "take the colours."
    )


def _settle_or_none(seen: _Seen, class_names: Sequence[str]) -> MaskCoding | None:
    try:
        return _settle(seen, class_names)
    except ValueError:
        return None


def _settle(seen: _Seen, class_names: Sequence[str]) -> MaskCoding:
    count = len(class_names)
    if coding := _find_voc(seen, count):
        return coding
    if count == 2:
        return _find_two(seen, class_names)
    if not seen.exact:
        _refuse_colours(seen, class_names)
    ids = _find_ids(seen.numbers, count)
    if ids is None and len(seen.numbers) > 2 * count + 1:  # soft edges between few greys
        _refuse_colours(seen, class_names)
    if ids is None:
        _refuse_numbers(seen.numbers, class_names)
    return MaskCoding(ids=ids)


def _find_ids(numbers: set[int], count: int) -> tuple[int, ...] | None:
    # With both 0 and the count among them, or neither, they could be from 0 or from 1.
    found, values = numbers - {VOID}, sorted(numbers)
    if len(found) > 1 and max(found) <= count and (0 in found) != (count in found):
        return tuple(range(count)) if 0 in found else tuple(range(1, count + 1))
    # Greys spread evenly: whole steps, or exact ones rounded; 0, 127, 254 and 0, 127, 255.
    steps = range(count)
    for white in (VOID, 65535):
        whole = [step * (white // (count - 1)) for step in steps]
        exact = np.array(steps) * white / (count - 1)
        if values == whole or (len(values) == count and np.abs(values - exact).max() < 1):
            return tuple(values)
    return None


def _find_two(seen: _Seen, class_names: Sequence[str]) -> MaskCoding:
    pixels, numbers = seen.pixels(), seen.numbers
    # A palette's indices are ids where the first is black, as Pascal VOC's, else but signs.
    indices = any(palette[0].any() for palette in seen.palettes) and numbers == {0, 1}
    if seen.exact and numbers <= {0, 1, 2, VOID} and len(numbers - {VOID}) > 1 and not indices:
        if ids := _find_ids(numbers, 2):
            return MaskCoding(ids=ids)
        _refuse_numbers(numbers, class_names)
    if (np.ptp(pixels.astype(int), axis=1) > 64).mean() > 0.005:
        return MaskCoding(colours=_find_two_colours(seen, pixels, class_names))
    if seen.exact and _is_unclear(sorted(numbers), bool(seen.palettes)):
        _refuse_numbers(numbers, class_names)
    return MaskCoding()


def _is_unclear(values: list[int], indices: bool) -> bool:
    # Two dark greys, or a third between black and white; many greys are a smoothed outline's.
    if len(values) == 3 and values[2] == VOID:
        return indices or 32 < values[1] < VOID - 32
    return len(values) == 2 and values[1] < 128 and not indices


def _find_two_colours(seen: _Seen, pixels: np.ndarray, class_names) -> list[Colour]:
    first = _commonest(pixels)
    rest = pixels[_distance(pixels, first) > NEAR]
    second = _commonest(rest) if len(rest) else first
    others = rest[_distance(rest, second) > NEAR]
    # Smooth outlines and a JPEG's noise hold many colours, but little of each.
    third = np.unique(others, axis=0, return_counts=True)[1].max(initial=0)
    if first == second or third > 0.03 * len(pixels) or len(others) > 0.25 * len(pixels):
        _refuse_colours(seen, class_names)
    # The background's is the one that more of the pictures' borders have.
    glances = [colours_of(glance) for glance in seen.glances]
    borders = np.concatenate(
        [np.concatenate([part[0], part[-1], part[:, 0], part[:, -1]]) for part in glances]
    )
    first_is_nearer = _distance(borders, first) < _distance(borders, second)
    return [first, second] if first_is_nearer.mean() >= 0.5 else [second, first]


def _commonest(pixels: np.ndarray) -> Colour:
    # Neighbouring colours are counted together, so that a JPEG's noise does not split one in many.
    _, inverse, counts = np.unique(pixels // 64, axis=0, return_inverse=True, return_counts=True)
    median = np.median(pixels[inverse.ravel() == counts.argmax()], axis=0)
    return tuple(int(value) for value in median)


def _distance(pixels: np.ndarray, colour: Colour) -> np.ndarray:
    return np.abs(pixels.astype(int) - colour).max(axis=1)


def _find_voc(seen: _Seen, count: int) -> MaskCoding | None:
    # A palette's indices count, not its colours; greys alone are no colours of VOC's.
    if seen.exact or seen.lossy or count > VOC_CLASSES:
        return None
    palette = [tuple(colour) for colour in voc_palette().tolist()]
    found = {tuple(colour) for colour in np.unique(seen.pixels(), axis=0).tolist()}
    if not found <= {*palette[:count], palette[VOID]} or len(found - {palette[VOID]}) < 2:
        return None
    return MaskCoding(colours=palette[:count], void_colour=palette[VOID])


def _refuse_numbers(numbers: set[int], class_names: Sequence[str]) -> None:
    values, count = tuple(sorted(numbers)), len(class_names)
    shown = ", ".join(map(str, values[:8])) + ", ..." * (len(values) > 8)
    names = ", ".join(class_names[:5]) + ", ..." * (count > 5)
    classes = values if len(values) == count else tuple(sorted(numbers - {VOID}))
    advice = f"ids={classes}" if len(classes) == count else f"ids= with {count} numbers"
    raise ValueError(
        f"the masks hold the numbers {shown}, which do not say what stands for which of the "
        f"{count} classes {names}: give {advice} in the order of class_names (255 is void unless "
        "it is among them), or name in class_names all that the masks hold."
    )


def _refuse_colours(seen: _Seen, class_names: Sequence[str]) -> None:
    colours, counts = np.unique(seen.pixels(), axis=0, return_counts=True)
    order = np.argsort(-counts, kind="stable")[:5]
    shown = ", ".join(str(tuple(colour)) for colour in colours[order].tolist())
    raise ValueError(
        f"the masks hold colours, soft edges or the noise of a JPEG: {shown}"
        f"{', ...' * (len(counts) > 5)}, which do not say what each of the {len(class_names)} "
        "classes looks like: give colours=, one (red, green, blue) for each, in the order of "
        "class_names, or see whether these are the masks."
    )


def voc_palette() -> np.ndarray:
    """Return Pascal VOC's colours uint8 [256, 3]: an id's bits spread over red, green and blue.

    Source: `VOClabelcolormap` in the development kit of http://host.robots.ox.ac.uk/pascal/VOC/.
    """
    ids = np.arange(256)[:, None]
    channels = np.arange(3)
    colours = sum(((ids >> (3 * bit + channels)) & 1) << (7 - bit) for bit in range(3))
    return colours.astype(np.uint8)


def palette_image(mask: np.ndarray) -> Image.Image:
    """Turn uint8 [H, W] into an image of palette indices, in Pascal VOC's colours."""
    image = Image.fromarray(mask)
    image.putpalette(voc_palette().reshape(-1).tolist())
    return image

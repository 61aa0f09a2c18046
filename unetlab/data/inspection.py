"""A look before training: what a data set holds, and which of its photos and masks look wrong."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

import cv2
import numpy as np

from unetlab.checks import check_image
from unetlab.data.masks import VOID, count_ids
from unetlab.data.sources import SegmentationData
from unetlab.data.surveys import name_sizes

SIDE = 160  # Pixels of the longer side at which outlines are compared.
REACH = 0.125  # How far a mask is moved to see whether it fits better there, of that side.
THUMBNAIL = 16
BLUR = 1.5  # Pixels; masks drawn by hand miss an edge by as much.
ALIKE_BITS, ALIKE_COLOURS = 10, 4.0  # Of 64, and of 255: a copy saved again stays below.
ENOUGH = 8  # Outlines to judge one by the others.
SHIFTED_BY, SHIFT_GAIN = 0.025, 0.12  # Of the longer side; of the agreement.
UNRELATED = 3  # Deviations below the set's agreement.

# What each kind of finding says of a number of photos or classes.
SAYINGS = {
    "ids": "masks with ids that no class has",
    "blank": "photos of one colour only",
    "one class": "masks of nothing but one class",
    "leak": "photos both in training and in what is held out",
    "twice": "photos that stand twice",
    "copied mask": "masks that another photo has too",
    "inverted": "masks probably inverted",
    "shifted": "masks probably shifted",
    "unrelated": "masks probably of another photo",
    "lacking": "classes that a part lacks",
}


class Finding(NamedTuple):
    """One thing that looks wrong."""

    kind: str  # A key of `SAYINGS`.
    name: str  # The photo's, or the class's.
    sentence: str


@dataclass(frozen=True)
class DataReport:
    """What `check_data` saw; it prints itself in plain lines."""

    summary: tuple[str, ...]
    findings: tuple[Finding, ...]

    def __str__(self) -> str:
        lines = list(self.summary)
        for kind, saying in SAYINGS.items():
            if group := [finding for finding in self.findings if finding.kind == kind]:
                shown = ", ".join(one.name for one in group[:5]) + ", ..." * (len(group) > 5)
                lines += [f"{len(group)} {saying}: {shown}.", f"  For one: {group[0].sentence}"]
        return "\n".join(lines if self.findings else [*lines, "Nothing looks wrong."])

    __repr__ = __str__


class Evidence(NamedTuple):
    """What is measured of one photo and its mask, so small that thousands fit into memory."""

    part: str
    title: str
    size: tuple[int, int]
    pixels: Mapping[int, int]  # How many hold each id.
    looks: np.uint64  # Its bits are nearly the same for photos that look alike.
    thumbnail: np.ndarray  # uint8 [16, 16, 3], the photo's colours.
    mask_print: int  # The same for equal masks.
    inside_out: bool  # The subject covers the borders, and the background the middle.
    # How strong, and how parallel to it, the photo's edges along the mask's outline are, in 0..1;
    # NaN where the mask has no outline. Where it fits best when moved, and that move, down and
    # right, in shares of the longer side.
    agreement: float = np.nan
    best_agreement: float = np.nan
    shift: tuple[float, float] = (0.0, 0.0)


def check_data(data: SegmentationData) -> DataReport:
    """Look through a data set before training, and say what is there and what looks wrong.

    The data is read once, one example at a time. Whether a mask is shifted or of another photo is
    told from the photo's edges along its outline, against those of the other masks: eight or more
    are needed, and a few clear cases among many good ones are found, not every one.

    Args:
        data: as every `load_*` returns it. Its background is the class of this name, or else id 0;
            255 is void where it is no class.

    Returns:
        A `DataReport`: `print` it.

    Raises:
        ValueError: the data holds no example, or an image is not in 0..255.

    Example:
        >>> from unetlab.data import load_chairs
        >>> print(check_data(load_chairs("sample", image_size=48, sample_size=10)))
        8 in train, 2 in test; photos of 48x48 pixels.
        background ...% of the pixels, in 10 photos; chair ...% of the pixels, in 10 photos.
        Nothing looks wrong.

    Source: the photos' fingerprints are pHash, Zauner, Implementation and Benchmarking of
    Perceptual Image Hash Functions, 2010.
    """
    names = data.class_names
    background = names.index("background") if "background" in names else 0
    evidence = [
        _measure(part, name.decode(), image, mask, background)
        for part in data.parts
        for image, mask, name in data.with_names(part).as_numpy_iterator()
    ]
    if not evidence:
        raise ValueError("data holds no example, expected some: see what was loaded.")
    findings = (
        *_judge_alone(evidence, names),
        *_find_copies(evidence),
        *_judge_outlines(evidence),
        *_judge_classes(evidence, names),
    )
    return DataReport(_summarise(evidence, names), findings)


def _summarise(evidence: list[Evidence], names) -> tuple[str, ...]:
    pixels, photos = Counter(), Counter()
    for one in evidence:
        pixels.update(one.pixels)
        photos.update(one.pixels.keys())
    classes = [*enumerate(names), *([(VOID, "void")] if VOID in pixels else [])]
    shares = "; ".join(
        f"{name} {pixels[i] / pixels.total():.1%} of the pixels, in {photos[i]} photos"
        for i, name in classes
    )
    parts = Counter(one.part for one in evidence)
    counts = ", ".join(f"{count} in {part}" for part, count in parts.items())
    sizes = name_sizes(Counter(one.size for one in evidence))
    return f"{counts}; photos of {sizes} pixels.", f"{shares}."


def _judge_alone(evidence: list[Evidence], names) -> Iterator[Finding]:
    known = {VOID: "void", **dict(enumerate(names))}
    for one in evidence:
        if unknown := sorted(one.pixels.keys() - known):
            said = f"the mask holds {unknown[:5]}, and there are {len(names)} classes."
            yield Finding("ids", one.title, said)
        elif len(held := [known[i] for i in one.pixels if i != VOID] or ["void"]) == 1:
            said = f"the mask holds nothing but {held[0]}: is it unfinished?"
            yield Finding("one class", one.title, said)
        if _is_blank(one):
            said = "the photo is of one colour: see whether it is damaged."
            yield Finding("blank", one.title, said)
        if one.inside_out:
            said = "the subject covers all borders, and the background the middle."
            yield Finding("inverted", one.title, said)


def _is_blank(one: Evidence) -> bool:
    return np.ptp(one.thumbnail.reshape(-1, 3).astype(int), axis=0).max() < 4


def _find_copies(evidence: list[Evidence]) -> Iterator[Finding]:
    looks = np.array([one.looks for one in evidence])
    copies = set()
    for i, one in enumerate(evidence):
        for j in np.flatnonzero(np.bitwise_count(looks[:i] ^ looks[i]) <= ALIKE_BITS):
            other = evidence[j]
            apart = np.abs(one.thumbnail.astype(int) - other.thumbnail).mean()
            if apart <= ALIKE_COLOURS and not _is_blank(one) and not _is_blank(other):
                copies.add(i)
                where = " and ".join(dict.fromkeys((other.part, one.part)))
                kind = "twice" if other.part == one.part else "leak"
                said = f"it looks the same as {other.title}, in {where}: keep one of the two."
                yield Finding(kind, one.title, said)
                break
    first = {}
    for i, one in enumerate(evidence):
        other = first.setdefault(one.mask_print, one)
        if other is not one and len(one.pixels) > 1 and i not in copies:
            said = f"its mask is that of {other.title}, another photo."
            yield Finding("copied mask", one.title, said)


def _judge_outlines(evidence: list[Evidence]) -> Iterator[Finding]:
    # A photo of one colour has no edges for its mask to agree with, and is named for that.
    judged = [one for one in evidence if np.isfinite(one.agreement) and not _is_blank(one)]
    if len(judged) < ENOUGH:
        return
    agreement, best = np.array([(one.agreement, one.best_agreement) for one in judged]).T
    typical, usual = np.median(best), np.median(agreement)
    deviation = 1.4826 * np.median(np.abs(agreement - usual))
    least, limit = np.quantile(best, 0.1), min(usual - UNRELATED * deviation, 0.45 * typical)
    for one in judged:
        gain, (down, right) = one.best_agreement - one.agreement, one.shift
        if (
            np.hypot(down, right) >= SHIFTED_BY
            and gain > SHIFT_GAIN
            and one.best_agreement >= least
        ):
            said = (
                f"the mask fits better moved {abs(down):.0%} {'down' if down > 0 else 'up'} and "
                f"{abs(right):.0%} {'right' if right > 0 else 'left'} of the longer side."
            )
            yield Finding("shifted", one.title, said)
        elif one.agreement < limit:
            said = (
                f"the photo's edges agree with the mask's outline by {one.agreement:.2f}, the "
                f"others' by {typical:.2f}."
            )
            yield Finding("unrelated", one.title, said)


def _judge_classes(evidence: list[Evidence], names) -> Iterator[Finding]:
    parts = defaultdict(set)
    for one in evidence:
        parts[one.part] |= one.pixels.keys()
    for i, name in enumerate(names):
        if lacking := [part for part, held in parts.items() if i not in held]:
            said = f"no mask in {' or '.join(lacking)} holds {name}: split again, or find more."
            yield Finding("lacking", name, said)


def _measure(part, title, image: np.ndarray, mask: np.ndarray, background: int) -> Evidence:
    image = np.clip(check_image(image), 0, 255).astype(np.uint8)
    mask = mask[..., 0]
    return Evidence(
        part,
        title,
        image.shape[:2],
        count_ids(mask),
        _perceptual_hash(image),
        cv2.resize(image, (THUMBNAIL, THUMBNAIL), interpolation=cv2.INTER_AREA),
        hash((mask.shape, mask.tobytes())),
        _is_inside_out((mask != background) & (mask != VOID), mask == background),
        *_compare_outlines(image, mask),
    )


def _perceptual_hash(image: np.ndarray) -> np.uint64:
    # Of a picture's lowest waves, which are the stronger half (pHash).
    grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
    small = cv2.resize(grey, (32, 32), interpolation=cv2.INTER_AREA).astype(np.float32)
    waves = cv2.dct(small)[:8, :8].ravel()
    return np.packbits(waves > np.median(waves)).view(np.uint64)[0]


def _is_inside_out(subject: np.ndarray, background: np.ndarray) -> bool:
    middle = background[tuple(slice(side // 3, side - side // 3) for side in background.shape)]
    borders = np.array(
        [part.mean() for part in (subject[0], subject[-1], subject[:, 0], subject[:, -1])]
    )
    # In a close-up the subject covers the middle even more than the borders.
    return bool(borders.min() > 0.5 and middle.mean() > 1.2 - borders.mean())


def _compare_outlines(image: np.ndarray, mask: np.ndarray) -> tuple:
    scale = min(1, SIDE / max(mask.shape))
    size = [max(1, round(side * scale)) for side in mask.shape[::-1]]
    # Only ids of 16 bits or fewer are resized by OpenCV, and floats hold these exactly.
    mask = cv2.resize(mask.astype(np.float32), size, interpolation=cv2.INTER_NEAREST)
    image = cv2.resize(image, size, interpolation=cv2.INTER_AREA).astype(np.float32)
    outline = np.zeros(mask.shape, np.float32)
    outline[:-1] += mask[:-1] != mask[1:]
    outline[:, :-1] += mask[:, :-1] != mask[:, 1:]
    outline = np.minimum(outline, 1)
    if outline.sum() < 8:
        return ()
    strength, directions = _find_edges(image)
    # An edge as strong as the photo's strongest and parallel to the outline counts 1, across it 0.
    edges = directions * strength[..., None] / 2
    template = _find_edges(mask)[1] * (outline / outline.sum())[..., None]
    reach = int(REACH * max(mask.shape))
    edges = cv2.copyMakeBorder(edges, *[reach] * 4, cv2.BORDER_CONSTANT, value=(0.25, 0, 0))
    fits = cv2.matchTemplate(edges, template, cv2.TM_CCORR)
    place = np.unravel_index(np.argmax(fits), fits.shape)
    shift = tuple((int(index) - reach) / max(mask.shape) for index in place)
    return float(fits[reach, reach]), float(fits.max()), shift


def _find_edges(image: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    # The structure tensor; the ranks of its strength in 0..1, and 1 beside the cosine and sine of
    # twice the edges' angle: the products of two such sum to 2 for parallels, 0 for right angles.
    image = cv2.GaussianBlur(image, (0, 0), 1.0)
    right, down = (cv2.Sobel(image, cv2.CV_32F, *order) for order in ((1, 0), (0, 1)))
    across, along, mixed = (
        cv2.GaussianBlur(product.reshape(*image.shape[:2], -1).sum(axis=2), (0, 0), BLUR)
        for product in (right * right, down * down, right * down)
    )
    total = across + along
    ranks = np.empty(total.size, np.float32)
    ranks[np.argsort(total, axis=None)] = np.linspace(0, 1, total.size)
    total = total + 1e-6
    cosine_and_sine = (across - along) / total, 2 * mixed / total
    directions = np.stack([np.ones_like(total), *cosine_and_sine], axis=2)
    return ranks.reshape(total.shape), directions

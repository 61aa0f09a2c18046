"""A look before training: what a data set holds, and which of its photos and masks look wrong."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from matplotlib.figure import Figure

from unetlab.arguments import check_count
from unetlab.data.evidence import Evidence, measure
from unetlab.data.masks import VOID
from unetlab.data.sources import SegmentationData
from unetlab.data.surveys import name_sizes

FEW_CRUMBS = 5  # So many drawing by hand may leave.
ALIKE_BITS, ALIKE_COLOURS = 10, 4.0  # Of 64, and of 255: a copy saved again stays below.
ENOUGH = 8  # Outlines to judge one by the others.
SHIFTED_BY, SHIFT_GAIN = 0.025, 0.12  # Of the longer side; of the agreement.
UNRELATED = 3  # Deviations below the set's agreement.

# What each kind of finding says of a number of photos or classes.
SAYINGS = {
    "size": "masks of another size than their photo",
    "ids": "masks with ids that no class has",
    "blank": "photos of one colour only",
    "void": "masks of nothing but void",
    "empty": "masks without a subject",
    "full": "masks that one class fills",
    "crumbs": "masks with pixels that stand alone",
    "name": "names that stand twice",
    "leak": "photos both in training and in what is held out",
    "twice": "photos that stand twice",
    "copied mask": "masks that another photo has too",
    "inverted": "masks probably inverted",
    "shifted": "masks probably shifted",
    "unrelated": "masks probably of another photo",
    "absent": "classes that never occur",
    "rare": "classes that hardly occur",
    "one part": "classes that one part lacks",
}


@dataclass(frozen=True)
class Finding:
    """One thing that looks wrong.

    Attributes:
        kind: a key of the report's groups, such as "shifted".
        name: the photo's name, or the class's.
        sentence: what was seen, and what to do.
        place: the part and the number of the example in it; None where it is of a class.
    """

    kind: str
    name: str
    sentence: str
    place: tuple[str, int] | None = None


@dataclass(frozen=True)
class DataReport:
    """What `check_data` saw; it prints itself in plain lines.

    Attributes:
        summary: lines that say what is there.
        findings: what looks wrong, grouped by kind.
    """

    summary: tuple[str, ...]
    findings: tuple[Finding, ...]

    def __str__(self) -> str:
        groups = defaultdict(list)
        for finding in self.findings:
            groups[finding.kind].append(finding)
        lines = list(self.summary)
        for kind, group in groups.items():
            shown = ", ".join(finding.name for finding in group[:5]) + ", ..." * (len(group) > 5)
            lines.append(f"{len(group)} {SAYINGS[kind]}: {shown}.")
            lines.append(f"  For one: {group[0].sentence}")
        return "\n".join(lines if groups else [*lines, "Nothing looks wrong."])

    __repr__ = __str__


def check_data(data: SegmentationData) -> DataReport:
    """Look through a data set before training, and say what is there and what looks wrong.

    The data is read once, one example at a time. Whether a mask is shifted or of another photo is
    told from the photo's edges along its outline, against those of the other masks: eight or more
    are needed, and a few clear cases among many good ones are found, not every one.

    Args:
        data: as every `load_*` returns it. Its background is the class of this name, or else id 0;
            255 is void where it is no class.

    Returns:
        A `DataReport`. `print` it, and see what it names with `show_findings`.

    Raises:
        ValueError: the data is none, or holds no example.

    Example:
        >>> from unetlab.data import load_chairs
        >>> print(check_data(load_chairs("sample", image_size=48, sample_size=10)))
        8 in train, 2 in test; photos of 48x48 pixels.
        background ...% of the pixels, in 10 photos; chair ...% of the pixels, in 10 photos.
        Nothing looks wrong.

    Source: the photos' fingerprints are pHash, Zauner, Implementation and Benchmarking of
    Perceptual Image Hash Functions, 2010.
    """
    _check_kind("data", data, SegmentationData, "what a load_* function returns")
    names = data.class_names
    background = names.index("background") if "background" in names else 0
    places, evidence, titles = [], [], []
    for place, image, mask, title in _walk(data):
        places.append(place)
        titles.append(title)
        evidence.append(measure(image, mask, background, VOID))
    if not evidence:
        raise ValueError("data holds no example, expected some: see what was loaded.")
    found = [
        *_judge_alone(evidence, names, background),
        *_judge_names(titles, places),
        *_find_copies(evidence, titles, places),
        *_judge_outlines(evidence),
    ]
    order = list(SAYINGS)
    found.sort(key=lambda finding: (order.index(finding[0]), finding[1]))
    findings = [Finding(kind, titles[i], said, places[i]) for kind, i, said in found]
    return DataReport(
        _summarise(evidence, places, names), (*findings, *_judge_classes(evidence, places, names))
    )


def _check_kind(name: str, value, kind: type, source: str) -> None:
    if not isinstance(value, kind):
        raise ValueError(
            f"{name} is a {type(value).__name__}, expected a {kind.__name__}: pass {source}."
        )


def show_findings(data: SegmentationData, report: DataReport, count: int = 6) -> Figure:
    """Show photos that a report names above their masks, or the first ones where it names none.

    Args:
        data: what was checked.
        report: of `check_data`.
        count: how many to show at most: one of each kind before a second one of any.

    Returns:
        A Figure of a column for each photo.

    Raises:
        ValueError: the data or the report is none, or the count is no whole number from 1 on.

    Example:
        >>> from unetlab.data import load_chairs
        >>> data = load_chairs("sample", image_size=48, sample_size=10)
        >>> show_findings(data, check_data(data))
        <Figure size ...>
    """
    from unetlab.plotting import show_samples  # Pyplot takes long to import.

    _check_kind("data", data, SegmentationData, "what a load_* function returns")
    _check_kind("report", report, DataReport, "what check_data(data) returns")
    check_count("count", count)
    kinds, ranked = Counter(), []
    for number, finding in enumerate(report.findings):
        # A mask of another size cannot be shown on its photo; the report says its name.
        if finding.place and finding.kind != "size":
            ranked.append((kinds[finding.kind], number, finding))
            kinds[finding.kind] += 1
    wanted = {}
    for _, _, finding in sorted(ranked, key=lambda rank: rank[:2]):
        if finding.place in wanted or len(wanted) < count:
            wanted.setdefault(finding.place, []).append(finding.kind)
    columns = []
    for place, image, mask, title in _walk(data):
        if place in wanted or (not wanted and len(columns) < count):
            label = f"{title}\n{', '.join(wanted[place])}" if wanted else title
            columns.append((image, mask, label))
        if len(columns) >= (len(wanted) or count):
            break
    images, masks, labels = zip(*columns, strict=True)
    return show_samples(images, masks, data.class_names, labels)


def _walk(data: SegmentationData) -> Iterator[tuple]:
    for part in data.parts:
        for number, example in enumerate(data.with_names(part).as_numpy_iterator()):
            image, mask, name = example
            yield (part, number), image, mask, name.decode()


def _summarise(evidence, places, names) -> tuple[str, ...]:
    parts = Counter(part for part, _ in places)
    shown = name_sizes(Counter(part.size for part in evidence))
    pixels, photos = _count_classes(evidence)
    total = sum(pixels.values())
    classes = [*enumerate(names), *([(VOID, "void")] if VOID in pixels else [])]
    shares = "; ".join(
        f"{name} {pixels[i] / total:.1%} of the pixels, in {photos[i]} photos"
        for i, name in classes
    )
    counts = ", ".join(f"{count} in {part}" for part, count in parts.items())
    return f"{counts}; photos of {shown} pixels.", f"{shares}."


def _count_classes(evidence) -> tuple[Counter, Counter]:
    pixels, photos = Counter(), Counter()
    for part in evidence:
        pixels.update(part.pixels)
        photos.update(part.pixels.keys())
    return pixels, photos


def _judge_alone(evidence: list[Evidence], names, background: int) -> Iterator[tuple]:
    known = {*range(len(names)), VOID}
    for i, part in enumerate(evidence):
        if part.size != part.mask_size:
            photo, mask = ("{1}x{0}".format(*size) for size in (part.size, part.mask_size))
            yield "size", i, f"the photo is {photo} and the mask {mask}: pair them again."
        if unknown := sorted(set(part.pixels) - known):
            yield "ids", i, f"the mask holds {unknown[:5]}, and there are {len(names)} classes."
        if _is_blank(part):
            yield "blank", i, "the photo is of one colour: see whether it is damaged."
        classes = set(part.pixels) - {VOID}
        if not classes:
            yield "void", i, "the mask is void all over, so that nothing is learned from it."
        elif classes == {background}:
            yield "empty", i, f"the mask holds nothing but {names[background]}: is it unfinished?"
        elif len(classes) == 1 and classes <= known:
            yield "full", i, f"the mask holds nothing but {names[classes.pop()]}."
        if part.crumbs > FEW_CRUMBS:
            yield "crumbs", i, (f"{part.crumbs} pixels of the mask differ from all their neighbours"
                                ": slips of a pen, or the noise of a JPEG.")  # fmt: skip
        if part.inside_out:
            yield "inverted", i, "the subject covers all borders, and the background the middle."


def _is_blank(part: Evidence) -> bool:
    return np.ptp(part.thumbnail.reshape(-1, 3).astype(int), axis=0).max() < 4


def _judge_names(titles, places) -> Iterator[tuple]:
    first = {}
    for i, title in enumerate(titles):
        if title in first:
            parts = " and in ".join(dict.fromkeys((places[first[title]][0], places[i][0])))
            yield "name", i, f"{title} stands twice in {parts}."
        first.setdefault(title, i)


def _find_copies(evidence: list[Evidence], titles, places) -> Iterator[tuple]:
    signs = np.array([part.bits for part in evidence]) * np.float32(2) - 1
    colours = np.array([part.thumbnail for part in evidence], np.int16).reshape(len(evidence), -1)
    varied = np.ptp(colours, axis=1) >= 4
    copies = set()
    for start in range(0, len(evidence), 1000):  # A thousand rows of distances at a time.
        apart = (64 - signs[start : start + 1000] @ signs.T) / 2
        for row, other in np.argwhere(apart <= ALIKE_BITS):
            i = start + int(row)
            if other >= i or i in copies or not (varied[i] and varied[other]):
                continue
            if np.abs(colours[i] - colours[other]).mean() > ALIKE_COLOURS:
                continue
            copies.add(i)
            parts = places[other][0], places[i][0]
            kind = "leak" if parts[0] != parts[1] else "twice"
            where = " and ".join(dict.fromkeys(parts))
            yield kind, i, f"it looks the same as {titles[other]}, in {where}: keep one of the two."
    order = sorted(range(len(evidence)), key=lambda i: (evidence[i].mask_print, i))
    for other, i in pairwise(order):
        mine = evidence[i]
        equal = mine[1:3] == evidence[other][1:3] and mine.mask_print == evidence[other].mask_print
        if equal and len(mine.pixels) > 1 and i not in copies:
            yield "copied mask", i, f"its mask is that of {titles[other]}, another photo."


def _judge_outlines(evidence: list[Evidence]) -> Iterator[tuple]:
    values = np.array([(part.agreement, part.best_agreement, *part.shift) for part in evidence])
    # A photo of one colour has no edges for its mask to agree with, and is named for that.
    blank = np.array([_is_blank(part) for part in evidence], bool)
    judged = np.flatnonzero(np.isfinite(values[:, 0]) & ~blank)
    if len(judged) < ENOUGH:
        return
    agreement, best, down, right = values[judged].T
    typical = np.median(best)
    deviation = 1.4826 * np.median(np.abs(agreement - np.median(agreement)))
    moved = np.hypot(down, right) >= SHIFTED_BY
    shifted = moved & (best - agreement > SHIFT_GAIN) & (best >= np.quantile(best, 0.1))
    limit = min(np.median(agreement) - UNRELATED * deviation, 0.45 * typical)
    for i in judged[shifted]:
        _, _, down, right = values[i]
        way = f"{abs(down):.0%} {'down' if down > 0 else 'up'} and {abs(right):.0%} "
        yield "shifted", i, (f"the mask fits better moved {way}{'right' if right > 0 else 'left'}, "
                             "in shares of the longer side.")  # fmt: skip
    for i in judged[~shifted & (agreement < limit)]:
        yield "unrelated", i, (f"the photo's edges agree with the mask's outline by "
                               f"{values[i, 0]:.2f}, the others' by {typical:.2f}.")  # fmt: skip


def _judge_classes(evidence, places, names) -> Iterator[Finding]:
    pixels, photos = _count_classes(evidence)
    parts = defaultdict(list)
    for part, (place, _) in zip(evidence, places, strict=True):
        parts[place].append(part)
    counted = {place: _count_classes(group)[1] for place, group in parts.items()}
    found = []
    for i, name in enumerate(names):
        share = pixels[i] / sum(pixels.values())
        lacking = [place for place, held in counted.items() if not held[i]]
        if not photos[i]:
            found.append(Finding("absent", name, f"no mask holds {name}."))
        elif share < 0.001 or photos[i] < 0.02 * len(evidence):
            said = f"{name} has {share:.3%} of the pixels, in {photos[i]} photos."
            found.append(Finding("rare", name, said))
        if photos[i] and lacking:
            said = f"no mask in {' or '.join(lacking)} holds {name}: split again, or find more."
            found.append(Finding("one part", name, said))
    yield from sorted(found, key=lambda finding: list(SAYINGS).index(finding.kind))

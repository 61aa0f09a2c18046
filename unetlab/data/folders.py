"""Any folder of photos with masks, as data to learn from.

Taught in: notebooks/03_chair_extraction.ipynb
"""

from collections import Counter
from collections.abc import Callable, Hashable, Sequence
from functools import partial
from pathlib import Path
from typing import NamedTuple

from unetlab.arguments import check_class_names, check_flag, check_path
from unetlab.checks import height_and_width
from unetlab.data.class_files import find_class_files, lay_over
from unetlab.data.codings import MaskCoding, find_mask_coding
from unetlab.data.masks import VOID, Colour, check_coding, load_mask
from unetlab.data.pairs import Naming, check_naming, match_files
from unetlab.data.records import Record
from unetlab.data.sources import SegmentationData
from unetlab.data.splits import check_shares
from unetlab.data.surveys import (
    count_ids,
    gather_parts,
    look_through,
    measure_photo,
    name_left_out,
    name_shares,
    name_sizes,
    split_names,
)

LOOKED_AT = 40  # Masks that tell how the set is coded.
RECORDED_FROM = 200  # Pairs; a smaller set is looked through in no time.


def load_folder(
    images: str | Path,
    masks: str | Path,
    naming: Naming = Naming(),
    colours: Sequence[Colour] | None = None,
    image_size: int | tuple[int, int] | None = None,
    test_share: float = 0.2,
    seed: int = 0,
    class_names: Sequence[str] = ("background", "subject"),
    ids: Sequence[int] | None = None,
    validation_share: float = 0.0,
    group: str | Callable[[str], Hashable] | None = None,
    void_colour: Colour | None = None,
    from_alpha: bool | None = None,
) -> SegmentationData:
    """Load photos and masks from folders, and say in a few lines what was found and left out.

    Every file is looked at once, so that a bad one among many is named now and does not end the
    training later: photos without a mask, masks without a photo, files that cannot be read, pairs
    that differ in size. A mask of one class only is kept, and named. What was found in a set of 200
    pairs or more is kept in the user's cache folder (`cache_folder`), so that the next call opens
    only files that are new or have changed.

    Args:
        images: the photos' folder, JPEG, PNG, GIF, BMP, TIFF or WebP; phone photos come out
            upright.
        masks: the masks' folder, of the same formats. Of two classes they may be grey, in two
            colours, or hold ids; of more they hold ids, from 0 or from 1, or greys spread evenly
            over 0..255, as greys or as a palette's indices, with 255 for void, or Pascal VOC's
            colours. Or they are black and white, a file for each class: `NAME_cat.png` and
            `NAME_dog.png`, or `cat/NAME.png` and `dog/NAME.png`; where two overlap, the later of
            `class_names` lies on top, and a class without a file is not on the photo. How they
            are read is said, and what can be read in two ways is refused.
        naming: what stands before and after the name that a photo and its mask share.
        colours: the colour (red, green, blue) of each class; None finds out.
        image_size: the size wanted later, in pixels: large JPEGs are then decoded at 1/2, 1/4 or
            1/8, which is faster and leaves at least this size; None for full size.
        test_share: the share of the photos in `test`, at least one in each part.
        seed: seed of the split.
        class_names: the class ids' meanings, from id 0.
        ids: the number that stands for each class in the masks; None finds out.
        validation_share: the share of the photos in `validation`; 0 for no such part. With it, or
            with `group`, each part gets its share of the photos of every mix of classes.
        group: which photos stay in one part, as in `split_by_group`.
        void_colour: beside `colours`, the one that stands for void.
        from_alpha: whether the masks are what their alpha channel says; None finds out.

    Returns:
        A `SegmentationData`. Its masks hold 255 where theirs are void: a line says so.

    Raises:
        FileNotFoundError: a folder does not exist.
        ValueError: fewer than two pairs are usable, no mask holds a second class, the masks' coding
            is not understood, or an argument does not fit the others.

    Example:
        >>> import tempfile
        >>> from PIL import Image
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     for name in ("a", "b"):
        ...         Image.new("RGB", (8, 6)).save(f"{folder}/{name}.jpg")
        ...         Image.linear_gradient("L").resize((8, 6)).save(f"{folder}/{name}_mask.png")
        ...     data = load_folder(folder, folder, Naming(mask_suffix="_mask"))
        Masks read by brightness: above 127 subject.
        2 pairs in ..., 8x6 pixels; background 50%, subject 50% of the pixels.
    """
    images, masks = check_path("images", images), check_path("masks", masks)
    check_naming(naming)
    if image_size is not None:
        height_and_width(image_size)
    check_shares(test_share, validation_share)
    coding = _check_coding(colours, ids, class_names, void_colour, from_alpha)
    found = _find_masks(images, masks, naming, class_names, coding, from_alpha)
    pairs, read_mask, left_out = found.pairs, found.read_mask, found.left_out
    sizes, pixels, classes, alone = Counter(), Counter(), {}, []
    look, record = partial(_look_at, read_mask=read_mask), None
    if len(pairs) >= RECORDED_FROM:
        record = Record(f"{found.coding} {tuple(class_names)}", [images, masks])
        look = record.of(look, found.files_of)
    for name, size, counts in look_through(pairs, look, left_out):
        sizes[size] += 1
        pixels.update(counts)
        classes[name] = tuple(sorted(counts.keys() - {VOID}))
        if len(counts) == 1:
            only = dict(enumerate(class_names)).get(*counts, "void")
            alone.append(f"{Path(pairs[name][1]).name} holds nothing but {only}")
    if record:
        record.save()
    _report(images, sizes, pixels, class_names, left_out, alone)
    parts = split_names(classes, test_share, validation_share, group, seed)
    source = f"photos and masks in {Path(images).resolve()}"
    return gather_parts(parts, pairs, read_mask, image_size, class_names, source)


def _check_coding(colours, ids, class_names, void_colour, from_alpha) -> MaskCoding | None:
    count = len(check_class_names(class_names))
    if from_alpha is not None:
        check_flag("from_alpha", from_alpha)
    check_coding(colours, MaskCoding().threshold, ids, void_colour)
    if colours is None and ids is None:
        return None
    name, given = ("ids", ids) if colours is None else ("colours", colours)
    if len(given) != count:
        raise ValueError(
            f"{name} is {given!r} and class_names {tuple(class_names)}, expected a different one "
            f"of {name} for each of the {count} names, in their order."
        )
    return MaskCoding(
        colours=colours, ids=ids, void_colour=void_colour, from_alpha=bool(from_alpha)
    )


class _Found(NamedTuple):
    pairs: dict[str, tuple]
    read_mask: Callable
    files_of: Callable  # Of a pair.
    left_out: list[str]
    coding: MaskCoding


def _find_masks(images, masks, naming, class_names, coding, from_alpha) -> _Found:
    of_classes = None if coding else find_class_files(images, masks, naming, class_names)
    if of_classes is None:
        pairs, left_out = match_files(images, masks, naming)
        if coding is None:
            paths = [mask for _, mask in pairs.values()]
            coding = find_mask_coding(_some(paths), class_names, from_alpha)
            if paths:
                print(f"Masks read by {coding.describe(class_names)}.")
        read_mask = partial(load_mask, **coding._asdict())
        return _Found(pairs, read_mask, lambda *pair: pair, left_out, coding)
    photos, left_out, said = of_classes
    paths = [path for _, files in photos.values() for path in files.values()]
    coding = find_mask_coding(_some(paths), ("background", "subject"), from_alpha)
    if paths:
        print(
            f"Masks read from {said}, by {coding.describe(('no', 'the class'))}; where two "
            f"overlap, the later class lies on top: {', '.join(class_names[1:])}."
        )
    read_one = partial(load_mask, **coding._asdict())

    def read_mask(name):
        return lay_over(photos[name][1], read_one)

    def files_of(photo, name):
        return photo, *photos[name][1].values()

    pairs = {name: (photo, name) for name, (photo, _) in photos.items()}
    return _Found(pairs, read_mask, files_of, left_out, coding)


def _some(paths: list) -> list:
    return paths[:: -(-len(paths) // LOOKED_AT) or 1]


def _look_at(image_path: Path, mask_path: Path, read_mask):
    try:
        height, width = size = measure_photo(image_path)
        mask = read_mask(mask_path)
    except (ValueError, OSError) as error:
        return f"{error}"
    if mask.shape[:2] != size:
        found = f"{mask.shape[1]}x{mask.shape[0]}"
        return f"{image_path.name} is {width}x{height}, but its mask is {found}"
    return size, count_ids(mask)


def _report(folder, sizes, pixels, class_names, left_out, alone) -> None:
    shown, count = name_left_out(left_out), sizes.total()
    if count < 2:
        raise ValueError(
            f"{folder} holds {count} photos with a usable mask, expected two or more"
            f"{': ' + shown if shown else ''}. Name photo and mask alike, or say how with naming=."
        )
    held = [name for i, name in enumerate(class_names) if pixels[i]]
    if len(held) < 2:
        raise ValueError(
            f"the {count} masks hold nothing but {held[0] if held else 'void'}, expected a "
            "second class in one of them at least: see whether these are the masks, or say how "
            "they are coded with colours= or ids=."
        )
    said = name_shares(pixels, class_names)
    print(f"{count} pairs in {folder}, {name_sizes(sizes)} pixels; {said} of the pixels.")
    for words, lines in (
        (f"Left out {len(left_out)}", left_out),
        ("Kept, but worth a look", alone),
    ):
        if lines:
            print(f"{words}: {name_left_out(lines)}.")

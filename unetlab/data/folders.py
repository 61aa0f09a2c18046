"""Any folder of photos with masks, as data to learn from."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from unetlab.data.codings import find_mask_coding
from unetlab.data.masks import Colour, MaskCoding, load_mask
from unetlab.data.pairs import CLASS_FILE, Naming, lay_over, match_class_files, match_files
from unetlab.data.sources import SegmentationData
from unetlab.data.splits import find_part, keep_split, split_photos
from unetlab.data.surveys import gather_parts, look_at_pair, survey_pairs


def load_folder(
    images: str | Path,
    masks: str | Path,
    naming: Naming = Naming(),
    colours: Sequence[Colour] | None = None,
    image_size: int | tuple[int, int] | None = None,
    test_share: float = 0.2,
    seed: int = 0,
    class_names: Sequence[str] | None = None,
    ids: Sequence[int] | None = None,
    view: str = "",
    void_colour: Colour | None = None,
    from_alpha: bool | None = None,
    white: int | None = None,
) -> SegmentationData:
    """Load photos and masks from folders, and say in a few lines what was found and left out.

    Every file is looked at once, so that a bad one among many is named now and does not end the
    training later: photos without a mask, masks without a photo, files that cannot be read, pairs
    that differ in size. A mask of one class only is kept, and named.

    Args:
        images: the photos' folder, JPEG, PNG, GIF, BMP, TIFF or WebP; phone photos come out
            upright. It may hold folders instead, as the masks' then does; where these are named
            train, val or valid, and test, that split is kept, and `test_share` is not asked.
        masks: the masks' folder, of the same formats. Of two classes they may be grey, in two
            colours, or hold ids; of more they hold ids, from 0 or from 1, or greys spread evenly
            over 0..255, as greys or as a palette's indices, with 255 for void, or Pascal VOC's
            colours. Or they are black and white, a file for each class: `NAME_cat.png` and
            `NAME_dog.png`, or `cat/NAME.png` and `dog/NAME.png`; where two overlap, the later of
            `class_names` lies on top, and a class without a file is not on the photo. How they
            are read is said, and what can be read in two ways is refused.
        naming: what stands before and after the name that a photo and its mask share.
        colours: the colour (red, green, blue), 0..255, of each class; a pixel takes the class of
            the nearest one. None finds out.
        image_size: the size wanted later, in pixels: large JPEGs are then decoded at 1/2, 1/4 or
            1/8, which is faster and leaves at least this size; None for full size.
        test_share: the share of the photos in `test`, at least one in each part; 0 for no `test`.
        seed: seed of the split.
        class_names: the class ids' meanings, from id 0. None takes the lines of the masks'
            `class_names.txt`, as the labeller writes it; without one, background and subject.
        ids: the number that stands for each class in the masks, greys or a palette's indices; 255
            is void unless it is among them. None finds out.
        view: what tells the photos of one subject apart in their names, which then stay in one
            part, as in `split_by_subject`; "" where each photo is of a subject of its own.
        void_colour: beside `colours`, the one that stands for void.
        from_alpha: whether the masks are what their alpha channel says; None finds out.
        white: as in `load_image`, for photos of 10 or 12 bits in files of 16.

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
    if class_names is None:
        class_names = _read_class_names(Path(masks) / CLASS_FILE)
    coding = _given_coding(colours, ids, class_names, void_colour, from_alpha)
    pairs, read_mask, left_out = _find_masks(images, masks, naming, class_names, coding, from_alpha)
    part_of = {name: find_part(name.partition("/")[0]) for name in pairs if "/" in name}
    has_split = len(part_of) == len(pairs) and all(part_of.values())
    part_of = keep_split(part_of) if has_split else {}
    advice = (
        "Name photo and mask alike or say how with naming=, and how masks are coded with colours= "
        "or ids=; of folders of both, give the one around them to load_annotations."
    )
    look = partial(look_at_pair, read_mask=read_mask, white=white)
    good = survey_pairs(pairs, look, left_out, class_names, images, advice)
    parts = split_photos(good, part_of, test_share, seed, view)
    source = f"photos and masks in {Path(images).resolve()}"
    return gather_parts(parts, pairs, read_mask, class_names, source, image_size, white)


def _read_class_names(path: Path) -> Sequence[str]:
    if not path.is_file():
        return "background", "subject"
    return path.read_text(encoding="utf-8-sig").strip().splitlines()


def _given_coding(colours, ids, class_names, void_colour, from_alpha) -> MaskCoding | None:
    given = colours if ids is None else ids
    if isinstance(class_names, str) or len(class_names) < 2:
        raise ValueError(
            f"class_names is {class_names!r}, expected two or more, the background's first: try "
            '("background", "cat").'
        )
    if given is None and void_colour is None:
        return None
    if given is None or len(given) != len(class_names) or (colours is not None and ids is not None):
        raise ValueError(
            f"colours is {colours!r} and ids {ids!r}, expected one of the two, and in it one for "
            f"each of class_names {tuple(class_names)}, in their order."
        )
    return MaskCoding(colours, ids, void_colour, bool(from_alpha))


def _find_masks(images, masks, naming, class_names, coding: MaskCoding | None, from_alpha):
    # The pairs by name, what reads the second of each as a mask, and what is left out.
    if coding or not (by_class := match_class_files(images, masks, naming, class_names)):
        pairs, left_out = match_files(images, masks, naming)
        if coding is None:
            coding = find_mask_coding([mask for _, mask in pairs.values()], class_names, from_alpha)
            if pairs:
                print(f"Masks read by {coding.describe(class_names)}.")
        return pairs, lambda path, size: load_mask(path, *coding), left_out
    pairs, left_out = by_class
    paths = [path for _, files in pairs.values() for path in files.values()]
    coding = find_mask_coding(paths, ("background", "subject"), from_alpha)
    if paths:
        print(
            f"Masks read from a file a class, by {coding.describe(('no', 'the class'))}; where two "
            f"overlap, the later class lies on top: {', '.join(class_names[1:])}."
        )
    return pairs, partial(lay_over, read_mask=lambda path: load_mask(path, *coding)), left_out

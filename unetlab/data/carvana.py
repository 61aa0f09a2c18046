"""Photos of cars with their masks: Kaggle's Carvana challenge, or a drawn sample.

Taught in: notebooks/02_carvana_masking.ipynb
"""

from pathlib import Path
from typing import NamedTuple

import tensorflow as tf

from unetlab.checks import height_and_width
from unetlab.data.found import PARTS
from unetlab.data.kaggle import SERVER, download_competition
from unetlab.data.masks import load_mask
from unetlab.data.pairs import read_examples
from unetlab.data.photos import jpeg_size, list_files, open_image
from unetlab.data.sources import SegmentationData, data_places, find_data, load_or_draw
from unetlab.data.splits import check_share, split_by_subject
from unetlab.drawn import draw_examples

CARVANA_CLASSES = ("background", "car")
COMPETITION = "carvana-image-masking-challenge"
FOLDERS = PARTS["carvana"]
GET_CARVANA = (
    f"accept the rules on {SERVER}c/{COMPETITION}, then pip install kagglehub and keep your key in "
    "~/.kaggle/kaggle.json, or unpack train.zip and train_masks.zip yourself into data/carvana"
)


def load_carvana(
    source: str = "auto",
    image_size: int | tuple[int, int] | None = None,
    test_share: float = 0.2,
    seed: int = 0,
    sample_size: int = 200,
) -> SegmentationData:
    """Load photos of cars with masks, split so that no car is in both training and test.

    The photos are looked for in `$UNETLAB_DATA/carvana`, then in `data/carvana` here and one folder
    up, as Kaggle packs them: `train/CAR_NN.jpg` and `train_masks/CAR_NN_mask.gif`.

    Args:
        source: "auto" takes the photos found, else downloads them with Kaggle's client, else draws
            a sample and prints a line saying so; "real" insists on the photos; "sample" draws.
        image_size: as in `load_image`; the drawn sample has at least this size, or 192 pixels.
        test_share: the share of the cars in `test`, between 0 and 1.
        seed: seed of the split and of the photos' order.
        sample_size: how many cars the drawn sample holds, training and test together.

    Returns:
        A `SegmentationData` of the classes 0 background and 1 car.

    Raises:
        ValueError: an argument is out of range, or the folder found holds no good pair.
        ConnectionError: "real" was asked for, and the photos are neither here nor to be had.

    Example:
        >>> data = load_carvana("sample", sample_size=5)
        >>> data.class_names, len(data.train), len(data.test)
        (('background', 'car'), 4, 1)

    Source: Kaggle, Carvana Image Masking Challenge, 2017 (use under the competition's rules).
    """
    check_share("test_share", test_share)
    if image_size is not None:
        height_and_width(image_size)
    return load_or_draw(
        source,
        lambda: _load_cars(image_size, test_share, seed),
        lambda: _draw_cars(image_size, test_share, seed, sample_size),
        "Carvana's photos",
        GET_CARVANA,
    )


def _load_cars(image_size, test_share, seed) -> SegmentationData:
    folder = find_data("carvana", FOLDERS)
    if folder is None:
        # Only these two of the archives: all of them would be over 20 GB.
        folder = data_places("carvana")[0]
        download_competition(COMPETITION, [f"{part}.zip" for part in FOLDERS], folder)
    pairs = {pair.name: pair[1:] for pair in find_pairs(*(folder / part for part in FOLDERS))}

    def read(names):
        return read_examples([pairs[name] for name in names], load_mask, image_size)

    split = split_by_subject(pairs, test_share, seed)
    return _data(split, read, f"car photos in Carvana's layout in {folder.resolve()}")


def _draw_cars(image_size, test_share, seed, count) -> SegmentationData:
    # Carvana's photos are 3:2; a scene has to hold the size wanted, like a photo.
    height, width = height_and_width(192 if image_size is None else image_size, smallest=16)
    height = max(height, -(-width * 2 // 3))
    size = height, height * 3 // 2

    names = [f"drawn{number:04}_01" for number in range(count)]
    split = split_by_subject(names, test_share, seed)
    return _data(split, lambda part: draw_examples("cars", part, size), "cars drawn by unetlab")


def _data(split, read, source: str) -> SegmentationData:
    names = [tf.data.Dataset.from_tensor_slices(part) for part in split]
    return SegmentationData(*(read(part) for part in split), *names, CARVANA_CLASSES, source)


# The last bytes of a whole file, by the format that Pillow finds in it.
ENDINGS = {"JPEG": b"\xff\xd9", "MPO": b"\xff\xd9", "GIF": b"\x3b"}


class PhotoPair(NamedTuple):
    """A photo and its mask.

    Attributes:
        name: the photo's file name without its suffix.
        image_path: the photo, a JPEG.
        mask_path: its mask, a GIF of the upright photo's size.
    """

    name: str
    image_path: str
    mask_path: str


def find_pairs(image_folder: str | Path, mask_folder: str | Path) -> list[PhotoPair]:
    """List the photos `NAME.jpg` with their masks `NAME_mask.gif`, without the bad pairs.

    Only the headers and the last bytes are read. How many pairs are bad, and the first of them
    with what is wrong, is printed in one line.

    Args:
        image_folder: the folder of the photos.
        mask_folder: the folder of the masks.

    Returns:
        The good pairs by name.

    Raises:
        ValueError: there is no good pair.

    Example:
        >>> find_pairs("/nowhere", "/nowhere")
        Traceback (most recent call last):
        ...
        ValueError: /nowhere holds no photo, expected NAME.jpg with NAME_mask.gif in /nowhere; ...
    """
    pairs, faults = [], []
    folder = Path(image_folder)
    files = list_files(folder) if folder.is_dir() else []
    photos = [path for path in files if path.suffix.lower() in (".jpg", ".jpeg")]
    for photo in photos:
        mask = Path(mask_folder) / f"{photo.stem}_mask.gif"
        fault = find_fault(photo, mask)
        if fault:
            faults.append(fault)
        else:
            pairs.append(PhotoPair(photo.stem, str(photo), str(mask)))
    first = "; ".join(faults[:3]) + ("; ..." if faults[3:] else "")
    if not pairs:
        found = f"{len(photos)} photos without a good mask ({first})" if photos else "no photo"
        raise ValueError(
            f"{image_folder} holds {found}, expected NAME.jpg with NAME_mask.gif in {mask_folder}; "
            "unpack the archives again, or give another folder."
        )
    if faults:
        print(f"Left out {len(faults)} of {len(photos)} photos in {image_folder}: {first}.")
    return pairs


def find_fault(image_path: str | Path, mask_path: str | Path) -> str:
    """Say what is wrong with a photo and its mask, as far as their headers and ends tell.

    Args:
        image_path: the photo, which should be a JPEG.
        mask_path: the mask, which should be a GIF of the upright photo's size.

    Returns:
        What is wrong, with the file's name; "" where nothing is.

    Example:
        >>> find_fault("/nowhere/a.jpg", "/nowhere/a_mask.gif")
        'a.jpg is missing'
    """
    sizes = []
    # Phones write a JPEG of several pictures, the first of which is the photo: an MPO.
    for path, kinds in ((Path(image_path), ("JPEG", "MPO")), (Path(mask_path), ("GIF",))):
        if not path.is_file():
            return f"{path.name} is missing"
        try:
            with open_image(path) as image:
                if image.format not in kinds:
                    return f"{path.name} is a {image.format}, not a {kinds[0]}"
                size = image.size if kinds == ("GIF",) else jpeg_size(image)[::-1]
                sizes.append("{}x{}".format(*size))
                # Some programs write more after the end, so only decoding tells those apart.
                if not _ends_with(path, ENDINGS[image.format]):
                    image.load()
        except Exception:  # Pillow's decoders raise many kinds.
            return f"{path.name} ({path.stat().st_size} bytes) cannot be decoded"
    if sizes[0] != sizes[1]:
        return f"{Path(image_path).name} is {sizes[0]}, but its mask is {sizes[1]}"
    return ""


def _ends_with(path: Path, ending: bytes) -> bool:
    with path.open("rb") as file:
        file.seek(-len(ending), 2)
        return file.read() == ending

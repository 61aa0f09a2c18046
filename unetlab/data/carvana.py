"""Photos of cars with their masks: Kaggle's Carvana challenge, or a drawn sample.

Taught in: notebooks/02_carvana_masking.ipynb
"""

from pathlib import Path
from typing import NamedTuple

import tensorflow as tf
from PIL import Image

from unetlab.checks import height_and_width
from unetlab.data.kaggle import SERVER, download_competition
from unetlab.data.masks import decode_pair
from unetlab.data.sources import SegmentationData, data_places, find_data
from unetlab.data.splits import split_by_subject
from unetlab.drawn import draw_examples

CARVANA_CLASSES = ("background", "car")
COMPETITION = "carvana-image-masking-challenge"
FOLDERS = ("train", "train_masks")
GET_CARVANA = (
    f"accept the rules on {SERVER}c/{COMPETITION}, then pip install kagglehub and keep your key in "
    "~/.kaggle/kaggle.json, or unpack train.zip and train_masks.zip yourself into data/carvana"
)


def load_carvana(
    source: str = "auto",
    image_size: int | tuple[int, int] | None = None,
    validation_share: float = 0.2,
    seed: int = 0,
    sample_size: int = 200,
) -> SegmentationData:
    """Load photos of cars with masks, split so that no car is in both training and test.

    The photos are looked for in `$UNETLAB_DATA/carvana`, then in `data/carvana` here and one folder
    up, as Kaggle packs them: `train/CAR_NN.jpg` and `train_masks/CAR_NN_mask.gif`.

    Args:
        source: "auto" takes the photos found, else downloads them with Kaggle's client, else draws
            a sample and prints a line saying so; "real" insists on the photos; "sample" draws.
        image_size: the size wanted later, in pixels: large photos are then decoded at 1/2, 1/4 or
            1/8, which is faster and leaves at least this size; None for full size.
        validation_share: the share of the cars in `test`, between 0 and 1.
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
    if source not in ("auto", "real", "sample"):
        raise ValueError(f'source is {source!r}; use "auto", "real" or "sample".')
    if source == "sample":
        return _draw_cars(image_size, validation_share, seed, sample_size)
    try:
        folder = find_data("carvana", FOLDERS) or _download_folder()
    except ConnectionError as error:
        if source == "real":
            raise ConnectionError(
                f"Carvana's photos are not here and {error} To get them, {GET_CARVANA}."
            ) from error
        print(f"Drawn sample instead of Carvana's photos: {error} For the photos, {GET_CARVANA}.")
        return _draw_cars(image_size, validation_share, seed, sample_size)
    return _load_folder(folder, image_size, validation_share, seed)


def _download_folder() -> Path:
    # Only these two of the archives: all of them would be over 20 GB.
    place = data_places("carvana")[0]
    download_competition(COMPETITION, [f"{folder}.zip" for folder in FOLDERS], place)
    return place


def _load_folder(folder: Path, image_size, share, seed) -> SegmentationData:
    pairs = {pair.name: pair for pair in find_pairs(*(folder / part for part in FOLDERS))}

    def decode(names):
        paths = [[pairs[name].image_path, pairs[name].mask_path] for name in names]
        return tf.data.Dataset.from_tensor_slices(paths).map(
            lambda path: decode_pair(path[0], path[1], image_size),
            num_parallel_calls=tf.data.AUTOTUNE,
        )

    split = split_by_subject(pairs, share, seed)
    return _data(split, decode, f"car photos in Carvana's layout in {folder.resolve()}")


def _draw_cars(image_size, share, seed, count) -> SegmentationData:
    # Carvana's photos are 3:2; a scene has to hold the size wanted, like a photo.
    height, width = height_and_width(image_size or 192, smallest=16)
    height = max(height, -(-width * 2 // 3))
    size = height, height * 3 // 2

    names = [f"drawn{number:04}_01" for number in range(count)]
    split = split_by_subject(names, share, seed)
    return _data(split, lambda part: draw_examples("cars", part, size), "cars drawn by unetlab")


def _data(split, read, source: str) -> SegmentationData:
    names = [tf.data.Dataset.from_tensor_slices(part) for part in split]
    return SegmentationData(*(read(part) for part in split), *names, CARVANA_CLASSES, source)


# The last bytes of a whole file, by the format that Pillow finds in it.
ENDINGS = {"JPEG": b"\xff\xd9", "GIF": b"\x3b"}


class PhotoPair(NamedTuple):
    """A photo and its mask.

    Attributes:
        name: the photo's file name without its suffix.
        image_path: the photo, a JPEG.
        mask_path: its mask, a GIF of the same size.
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
    photos = sorted(
        path for path in Path(image_folder).glob("*") if path.suffix.lower() in (".jpg", ".jpeg")
    )
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
        mask_path: the mask, which should be a GIF of the same size.

    Returns:
        What is wrong, with the file's name; "" where nothing is.

    Example:
        >>> find_fault("/nowhere/a.jpg", "/nowhere/a_mask.gif")
        'a.jpg is missing'
    """
    sizes = []
    for path, kind in ((Path(image_path), "JPEG"), (Path(mask_path), "GIF")):
        if not path.is_file():
            return f"{path.name} is missing"
        try:
            with Image.open(path) as image:
                if image.format != kind:
                    return f"{path.name} is a {image.format}, not a {kind}"
                sizes.append("{}x{}".format(*image.size))
                # Some programs write more after the end, so only decoding tells those apart.
                if not _ends_with(path, ENDINGS[kind]):
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

"""Photos of cars with their masks: Kaggle's Carvana challenge, or a drawn sample."""

import shutil
import tempfile
from pathlib import Path

from unetlab.checks import height_and_width
from unetlab.data.masks import load_mask
from unetlab.data.pairs import Naming, check_one_size, match_files
from unetlab.data.photos import open_image, upright_size
from unetlab.data.sources import (
    PARTS,
    SegmentationData,
    data_places,
    draw_parts,
    find_data,
    load_or_draw,
)
from unetlab.data.splits import split_by_subject
from unetlab.data.surveys import gather_parts, survey_pairs

CARVANA_CLASSES = ("background", "car")
COMPETITION = "carvana-image-masking-challenge"
GET_CARVANA = (
    f"accept the rules on https://www.kaggle.com/c/{COMPETITION}, then pip install kagglehub and "
    "keep your key in ~/.kaggle/kaggle.json, or unpack train.zip and train_masks.zip yourself into "
    "data/carvana"
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
        image_size: as in `load_image`; the drawn sample has at least this size, or 384 pixels.
        test_share: the share of the cars in `test`, between 0 and 1.
        seed: seed of the split and of the photos' order.
        sample_size: how many cars the drawn sample holds, training and test together.

    Returns:
        A `SegmentationData` of the classes 0 background and 1 car.

    Raises:
        ValueError: `source` is none of the three, `test_share` is not between 0 and 1, or fewer
            than two cars have good photos.
        ConnectionError: "real" was asked for, and the photos are neither here nor to be had.

    Example:
        >>> data = load_carvana("sample", sample_size=5)
        >>> data.class_names, len(data.train), len(data.test)
        (('background', 'car'), 4, 1)

    Source: Kaggle, Carvana Image Masking Challenge, 2017 (use under the competition's rules).
    """
    return load_or_draw(
        source,
        lambda: _load_cars(image_size, test_share, seed),
        lambda: _draw_cars(image_size, test_share, seed, sample_size),
        "Carvana's photos",
        GET_CARVANA,
    )


def _draw_cars(image_size, test_share, seed, count) -> SegmentationData:
    # Carvana's photos are 3:2; a scene has to hold the size wanted, like a photo.
    height, width = height_and_width(384 if image_size is None else image_size)
    height = max(height, -(-width * 2 // 3))
    names = [f"drawn{number:04}_01" for number in range(count)]
    return draw_parts("cars", names, (height, height * 3 // 2), test_share, seed, CARVANA_CLASSES)


def _load_cars(image_size, test_share, seed) -> SegmentationData:
    if not find_data("carvana"):
        download(data_places("carvana")[0])
    photos, masks = find_data("carvana")
    folder = photos.parent
    pairs, left_out = match_files(photos, masks, Naming(mask_suffix="_mask"))
    advice = "Unpack the archives again."
    good = survey_pairs(pairs, _compare_sizes, left_out, CARVANA_CLASSES, folder, advice)
    parts = split_by_subject(good, test_share, seed)
    source = f"car photos in Carvana's layout in {folder.resolve()}"
    return gather_parts(
        parts, pairs, lambda mask, size: load_mask(mask), CARVANA_CLASSES, source, image_size
    )


def _compare_sizes(photo: Path, mask: Path):
    # From the heads of the files: to read 5,088 pairs to their ends takes half a minute.
    with open_image(photo) as image, open_image(mask) as drawn:
        size = upright_size(image)
        check_one_size(photo, size, upright_size(drawn))
    return size, {}


def download(folder: Path) -> None:
    """Download with Kaggle's client, and unpack, the two archives of photos and masks.

    Only these two: all of the competition's would be over 20 GB.
    """
    for part in PARTS["carvana"]:
        if (folder / part).is_dir():
            continue
        try:
            import kagglehub

            archive = kagglehub.competition_download(COMPETITION, path=f"{part}.zip")
            folder.mkdir(parents=True, exist_ok=True)
            # Beside the target and renamed: a run cut short leaves no half-filled folder.
            with tempfile.TemporaryDirectory(dir=folder) as half_done:
                shutil.unpack_archive(archive, half_done)
                Path(half_done, part).rename(folder / part)
            Path(archive).unlink()
        except Exception as error:  # The client lets through whatever its many layers raise.
            raise ConnectionError(f"Kaggle's client failed ({error}).") from error

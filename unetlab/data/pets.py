"""The Oxford-IIIT pets: prepared by TFDS, downloaded, or drawn."""

import os
import urllib.request
from pathlib import Path

import tensorflow as tf

from unetlab.data.sources import DRAWN, SegmentationData, load_or_draw
from unetlab.drawn import load_shapes

PETS_CLASSES = ("pet", "background", "border")
PETS_URL = "https://thor.robots.ox.ac.uk/~vgg/data/pets/"
GET_PETS = (
    "connect to the internet once (TFDS downloads 800 MB), or point TFDS_DATA_DIR at a folder that "
    "holds oxford_iiit_pet/4.0.0 as TFDS prepared it"
)


def load_pets(source: str = "auto", sample_size: tuple[int, int] = (480, 120)) -> SegmentationData:
    """Load the Oxford-IIIT pets: photos of cats and dogs with a trimap.

    The annotation's values 1, 2, 3 mean pet, background and border (the band around the outline
    that its authors left open); here they are the ids 0, 1, 2.

    Args:
        source: "auto" takes the data prepared by TFDS, else downloads it, else draws a sample and
            prints a line saying so; "real" insists on the photos; "sample" draws at once.
        sample_size: how many training and test scenes the drawn sample holds.

    Returns:
        A `SegmentationData` of three classes.

    Raises:
        ValueError: `source` is none of the three.
        ConnectionError: "real" was asked for, and the photos are neither here nor to be reached.

    Example:
        >>> data = load_pets("sample", sample_size=(3, 2))
        >>> data.class_names, len(data.train), len(data.test)
        (('pet', 'background', 'border'), 3, 2)

    Source: Parkhi et al., Cats and Dogs, CVPR 2012, section 2 (CC BY-SA 4.0).
    """
    return load_or_draw(
        source, _load_prepared, lambda: _draw_pets(sample_size), "the Oxford pets", GET_PETS
    )


def find_pets() -> bool:
    """Say whether TFDS has prepared the pets, without importing it, which takes seconds."""
    folder = Path(os.environ.get("TFDS_DATA_DIR", Path.home() / "tensorflow_datasets"))
    return any(folder.glob("oxford_iiit_pet/4.*.*/dataset_info.json"))


def _draw_pets(sample_size) -> SegmentationData:
    # Different seeds draw different scenes, so no test scene is ever trained on.
    train, test = (load_shapes("pets", count, 192, seed) for seed, count in enumerate(sample_size))
    names = [
        tf.data.Dataset.from_tensor_slices([f"drawn_{part}_{i}" for i in range(count)])
        for part, count in zip(("train", "test"), sample_size, strict=True)
    ]
    return SegmentationData(train, test, *names, PETS_CLASSES, f"pets {DRAWN}")


def _load_prepared() -> SegmentationData:
    # It takes long to import, and the drawn sample does without it.
    import tensorflow_datasets as tfds

    builder = tfds.builder("oxford_iiit_pet:4.*.*")
    if not builder.is_prepared():
        _download(builder)
    examples = [builder.as_dataset(split=split).map(_pets_example) for split in ("train", "test")]
    # PartialDecoding would take fewer words, but greets every reader with a warning.
    no_pictures = dict.fromkeys(("image", "segmentation_mask"), tfds.decode.SkipDecoding())
    names = [
        builder.as_dataset(split=split, decoders=no_pictures).map(lambda part: part["file_name"])
        for split in ("train", "test")
    ]
    return SegmentationData(
        *examples, *names, PETS_CLASSES, f"Oxford-IIIT pets in {builder.data_path}"
    )


def _pets_example(example):
    # uint8 0 - 1 would be 255, but the annotation holds no 0.
    return example["image"], example["segmentation_mask"] - 1


def _download(builder) -> None:
    try:
        # Left alone, TFDS tries for over three minutes to reach a server that is not there.
        with urllib.request.urlopen(urllib.request.Request(PETS_URL, method="HEAD"), timeout=5):
            builder.download_and_prepare()
    except Exception as error:  # TFDS lets through whatever its many layers raise.
        raise ConnectionError(f"the download from {PETS_URL} failed ({error}).") from error

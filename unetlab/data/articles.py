"""The small sets of two articles, chairs and cats: photos where they are found, else drawn.

Taught in: notebooks/03_chair_extraction.ipynb
"""

from unetlab.data.folders import load_folder
from unetlab.data.pairs import Naming
from unetlab.data.sources import (
    PARTS,
    SegmentationData,
    data_places,
    draw_parts,
    find_data,
    load_or_draw,
)

BLUE, RED = (0, 0, 255), (255, 0, 0)


def load_chairs(
    source: str = "auto",
    image_size: int | tuple[int, int] | None = None,
    seed: int = 0,
    sample_size: int = 97,
) -> SegmentationData:
    """Load the chairs: fewer than a hundred photos, a fifth of them (20 of 97) held out.

    The photos are looked for in `$UNETLAB_DATA/chairs`, then in `data/chairs` here and one folder
    up: `images/NAME.jpg` with `masks/NAME.png`, blue for the background and red for the chair.

    Args:
        source: "auto" takes the photos found, else draws a sample and prints a line saying so;
            "real" insists on the photos; "sample" draws.
        image_size: as in `load_folder`; the drawn sample has this size, or 256 pixels.
        seed: seed of the split.
        sample_size: how many chairs the drawn sample holds, training and test together.

    Returns:
        A `SegmentationData` of the classes 0 background and 1 chair.

    Raises:
        ValueError: `source` is none of the three.
        FileNotFoundError: "real" was asked for, and the photos are not here.

    Example:
        >>> data = load_chairs("sample", image_size=32, sample_size=10)
        >>> data.class_names, len(data.train), len(data.test)
        (('background', 'chair'), 8, 2)
    """
    coding = {"colours": (BLUE, RED)}
    return _load_small("chairs", "chair", 20 / 97, coding, source, image_size, seed, sample_size)


def load_cats(
    source: str = "auto",
    image_size: int | tuple[int, int] | None = None,
    seed: int = 0,
    sample_size: int = 61,
) -> SegmentationData:
    """Load the cats: photos with masks as JPEG, a third of them (20 of 61) held out.

    The photos are looked for as those of the chairs: `input/cat.N.jpg` with `mask/mask_cat.N.jpg`.
    JPEG leaves noise in a mask's black, so that only what is brighter than half counts as cat.

    Args:
        source: as in `load_chairs`.
        image_size: as in `load_chairs`.
        seed: as in `load_chairs`.
        sample_size: as in `load_chairs`.

    Returns:
        A `SegmentationData` of the classes 0 background and 1 cat.

    Raises:
        ValueError: `source` is none of the three.
        FileNotFoundError: "real" was asked for, and the photos are not here.

    Example:
        >>> data = load_cats("sample", image_size=32, sample_size=6)
        >>> data.class_names, len(data.train), len(data.test)
        (('background', 'cat'), 4, 2)
    """
    naming = {"naming": Naming(mask_prefix="mask_")}
    return _load_small("cats", "cat", 20 / 61, naming, source, image_size, seed, sample_size)


def _load_small(name, subject, test_share, how, source, image_size, seed, sample_size):
    class_names = ("background", subject)

    def load():
        folder = find_data(name)
        images, masks = PARTS[name]
        if folder is None:
            raise FileNotFoundError(
                f"{data_places(name)[0]} does not hold the folders {images} and {masks}."
            )
        return load_folder(
            folder / images,
            folder / masks,
            image_size=image_size,
            test_share=test_share,
            seed=seed,
            class_names=class_names,
            **how,
        )

    def draw():
        names = [f"drawn{number:04}" for number in range(sample_size)]
        size = 256 if image_size is None else image_size
        return draw_parts(name, names, size, test_share, seed, class_names)

    advice = f"put these folders there, or set UNETLAB_DATA to the folder that holds {name}"
    return load_or_draw(source, load, draw, f"the photos of {name}", advice)

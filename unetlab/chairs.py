"""Photos of chairs with masks in two colours: the chair article's, or a drawn sample.

Taught in: notebooks/03_chair_extraction.ipynb
"""

from unetlab.datasets import SegmentationData
from unetlab.folders import load_folder
from unetlab.small_sets import load_small_set

CHAIR_CLASSES = ("background", "chair")
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

    Taught in: notebooks/03_chair_extraction.ipynb
    """

    def load(folder):
        return load_folder(
            folder / "images",
            folder / "masks",
            colours=(BLUE, RED),
            image_size=image_size,
            test_share=20 / 97,
            seed=seed,
            class_names=CHAIR_CLASSES,
        )

    return load_small_set(
        "chairs", ("images", "masks"), load, source, image_size, seed, sample_size, CHAIR_CLASSES
    )

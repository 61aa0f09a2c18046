"""Photos of cats with grey masks: the cat article's, or a drawn sample.

Taught in: notebooks/04_photoshop.ipynb
"""

from unetlab.datasets import SegmentationData
from unetlab.folder_pairs import Naming
from unetlab.folders import load_folder
from unetlab.small_sets import load_small_set

CAT_CLASSES = ("background", "cat")


def load_cats(
    source: str = "auto",
    image_size: int | tuple[int, int] | None = None,
    seed: int = 0,
    sample_size: int = 61,
) -> SegmentationData:
    """Load the cats: photos with masks as JPEG, a third of them (20 of 61) held out.

    The photos are looked for in `$UNETLAB_DATA/cats`, then in `data/cats` here and one folder up:
    `input/cat.N.jpg` with `mask/mask_cat.N.jpg`. JPEG leaves noise in a mask's black, so that only
    what is brighter than half counts as cat.

    Args:
        source: "auto" takes the photos found, else draws a sample and prints a line saying so;
            "real" insists on the photos; "sample" draws.
        image_size: as in `load_folder`; the drawn sample has this size, or 256 pixels.
        seed: seed of the split.
        sample_size: how many pets the drawn sample holds, training and test together.

    Returns:
        A `SegmentationData` of the classes 0 background and 1 cat.

    Raises:
        ValueError: `source` is none of the three.
        FileNotFoundError: "real" was asked for, and the photos are not here.

    Example:
        >>> data = load_cats("sample", image_size=32, sample_size=6)
        >>> data.class_names, len(data.train), len(data.test)
        (('background', 'cat'), 4, 2)

    Taught in: notebooks/04_photoshop.ipynb
    """

    def load(folder):
        return load_folder(
            folder / "input",
            folder / "mask",
            naming=Naming(mask_prefix="mask_"),
            image_size=image_size,
            test_share=20 / 61,
            seed=seed,
            class_names=CAT_CLASSES,
        )

    return load_small_set(
        "cats", ("input", "mask"), load, source, image_size, seed, sample_size, CAT_CLASSES
    )

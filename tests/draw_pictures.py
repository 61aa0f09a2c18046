"""Draw the README's four pictures from the model that notebook 01 saved.

Usage: python tests/draw_pictures.py

The photo is scikit-image's Chelsea (CC0); the model comes from `make notebooks-full NB=01`.
"""

from pathlib import Path

import keras
import numpy as np
import skimage.data
from PIL import Image

import unetlab
from unetlab.plotting import CLASS_COLOURS

MODEL = Path("build/models/01_pets_segmentation.keras")
FOLDER = Path("notebooks/images")
WIDTH = 240


def paint_classes(mask):
    """Give each class id its colour, as the notebooks' figures do."""
    colours = [[int(name[i : i + 2], 16) for i in (1, 3, 5)] for name in CLASS_COLOURS]
    return np.uint8(colours)[mask[..., 0]]


def draw_pictures(photo, mask):
    """Return the pictures by file name, all uint8 [H, W, 3]."""
    pet = mask != 1  # with the border: its hairs belong to the cat
    grey = photo.mean(axis=-1, keepdims=True).astype("uint8")
    return {
        "photo.jpg": photo,
        "mask.png": paint_classes(mask),
        "cut_out.jpg": np.where(pet, photo, np.uint8(255)),
        "grey.jpg": np.where(pet, photo, grey).astype("uint8"),
    }


def main():
    """Predict Chelsea's mask and write the pictures."""
    if not MODEL.exists():
        raise SystemExit(f"{MODEL} does not exist; run `make notebooks-full NB=01` first.")
    photo = skimage.data.cat()
    mask = unetlab.predict_mask(keras.saving.load_model(MODEL), photo)
    FOLDER.mkdir(exist_ok=True)
    for name, picture in draw_pictures(photo, mask).items():
        size = (WIDTH, round(WIDTH * photo.shape[0] / photo.shape[1]))
        Image.fromarray(picture).resize(size, Image.Resampling.LANCZOS).save(FOLDER / name)
        print(FOLDER / name)


if __name__ == "__main__":
    main()

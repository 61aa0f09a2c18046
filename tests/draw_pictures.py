"""Draw the README's pictures from the model that notebook 01 saved, and photograph the studio.

Usage: python tests/draw_pictures.py

The photo is Chelsea (CC0, scikit-image); the models come from `make notebooks` on a bare machine,
so that a reader sees what the first command makes. The studio's picture needs Playwright and
Chromium, and is left as it is where they are missing.
"""

import io
import shutil
from pathlib import Path

import keras
import numpy as np
import skimage.data
from PIL import Image

import unetlab
from browser_servers import WORKPLACE, serve_app
from unetlab.plotting import CLASS_COLOURS

MODEL = Path("build/models/01_pets_segmentation.keras")
STUDIO_MODEL = Path("build/models/04_photoshop.keras")
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


def photograph_studio():
    """Return a picture of the studio as a page, or None where there is no browser."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        chromium = None
    if not chromium:
        return None
    (WORKPLACE / "build/models").mkdir(parents=True, exist_ok=True)
    shutil.copy(STUDIO_MODEL, WORKPLACE / "build/models")
    with serve_app() as address, sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 860, "height": 440})
        page.goto(address, timeout=120_000)
        page.locator("img.unetlab-preview").wait_for(timeout=120_000)
        page.get_by_label("Effect").select_option("blurred")
        page.wait_for_timeout(2000)
        content = page.screenshot()
        browser.close()
    return Image.open(io.BytesIO(content)).convert("RGB")


def main():
    """Predict Chelsea's mask and write the pictures."""
    if not MODEL.exists():
        raise SystemExit(f"{MODEL} does not exist; run `make notebooks` first.")
    photo = skimage.data.cat()
    mask = unetlab.predict_mask(keras.saving.load_model(MODEL), photo)
    FOLDER.mkdir(exist_ok=True)
    for name, picture in draw_pictures(photo, mask).items():
        size = (WIDTH, round(WIDTH * photo.shape[0] / photo.shape[1]))
        Image.fromarray(picture).resize(size, Image.Resampling.LANCZOS).save(FOLDER / name)
        print(FOLDER / name)
    if STUDIO_MODEL.exists() and (studio := photograph_studio()):
        studio.save(FOLDER / "studio.jpg", quality=80, optimize=True)
        print(FOLDER / "studio.jpg")


if __name__ == "__main__":
    main()

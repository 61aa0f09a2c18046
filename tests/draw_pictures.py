"""Draw the README's pictures from the model that notebook 04 saved, and photograph the studio.

Usage: python tests/draw_pictures.py

The photo is Chelsea (CC0, scikit-image); the model comes from `make notebooks` on a bare machine,
so that a reader sees what the first command makes. The studio's picture needs Playwright and
Chromium, and is left as it is where they are missing.
"""

import io
import shutil
import tempfile
from pathlib import Path

import keras
import numpy as np
import skimage.data
from matplotlib.colors import to_rgb
from PIL import Image

from browser_servers import serve_app
from chelsea import draw_chelsea_mask
from unetlab import Look, cut_out, dice, make_alpha, put_on
from unetlab.photo import grey_background, predict_probability
from unetlab.plotting import CLASS_COLOURS

MODEL = Path("build/models/04_photoshop.keras")
FOLDER = Path("notebooks/images")
WIDTH = 240


def draw_pictures(photo, alpha):
    """Return the pictures by file name, all uint8 [H, W, 3]."""
    mask = np.uint8(alpha[..., 0] > 0.5)
    colours = np.uint8([[255 * part for part in to_rgb(name)] for name in CLASS_COLOURS])
    return {
        "photo.jpg": photo,
        "mask.png": colours[1 - mask],
        "cut_out.jpg": put_on(cut_out(photo, alpha), (255, 255, 255)),
        "grey.jpg": grey_background(photo, alpha),
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
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "build/models").mkdir(parents=True)
        shutil.copy(MODEL, Path(folder) / "build/models")
        with serve_app(Path(folder)) as address, sync_playwright() as driver:
            content = take_screenshot(driver, chromium, address)
    return Image.open(io.BytesIO(content)).convert("RGB")


def take_screenshot(driver, chromium, address):
    """Open the page, blur what is behind the cat, and return a PNG's bytes."""
    browser = driver.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
    page = browser.new_page(viewport={"width": 860, "height": 440})
    page.goto(address, timeout=120_000)
    page.locator("img.unetlab-preview").wait_for(timeout=120_000)
    page.get_by_label("Effect").select_option("blurred")
    page.wait_for_timeout(2000)
    content = page.screenshot()
    browser.close()
    return content


def main():
    """Find Chelsea, judge her mask by the one drawn by hand, and write the pictures."""
    if not MODEL.exists():
        raise SystemExit(f"{MODEL} does not exist; run `make notebooks` first.")
    photo = skimage.data.cat()
    model = keras.saving.load_model(MODEL)
    alpha = make_alpha(predict_probability(model, photo), Look())
    score = dice(draw_chelsea_mask(), np.uint8(alpha > 0.5))
    print(f"Chelsea, as notebook 04 finds her: Dice {score:.3f}")
    FOLDER.mkdir(exist_ok=True)
    for name, picture in draw_pictures(photo, alpha).items():
        size = (WIDTH, round(WIDTH * photo.shape[0] / photo.shape[1]))
        Image.fromarray(picture).resize(size, Image.Resampling.LANCZOS).save(FOLDER / name)
        print(FOLDER / name)
    if studio := photograph_studio():
        studio.save(FOLDER / "studio.jpg", quality=80, optimize=True)
        print(FOLDER / "studio.jpg")


if __name__ == "__main__":
    main()

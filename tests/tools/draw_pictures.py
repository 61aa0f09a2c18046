"""Draw the README's pictures with the starter, photograph the two pages, take the titles' pictures.

Usage: python tests/tools/draw_pictures.py
       python tests/tools/draw_pictures.py --titles [BEGINNING ...]

The second takes what the notebooks' cells with the tag `title-picture` drew in build/notebooks.

The photo is a drawn one, so that nothing must be downloaded, with ears, legs and a tail, so that
everyone knows the mask. The pictures of studio and labeller need Playwright and Chromium.
"""

import base64
import io
import shutil
import sys
import tempfile
from pathlib import Path

import nbformat
import numpy as np
from matplotlib.colors import to_rgb
from PIL import Image

from unetlab import dice, load_starter
from unetlab.drawn import draw_scene
from unetlab.photo import (
    Look,
    cut_out,
    grey_background,
    make_alpha,
    predict_probability,
    put_on,
)

ROOT = Path(__file__).parents[2]
sys.path.append(str(ROOT / "tests"))

from browser_servers import serve_app, serve_label_page  # noqa: E402

FOLDER = ROOT / "notebooks/images"
SCENE = {"kind": "pets", "image_size": (480, 720), "seed": (6, 48)}
PART = np.s_[110:450, 100:610]  # of the scene, around the cat
ORANGE, BLUE = "#E69F00", "#0072B2"  # subject and background, as in every notebook
SIZE = (240, 160)


def draw_pictures():
    """Draw the photo and what the starter makes of it; say how good the mask is."""
    photo, true_mask = draw_scene(**SCENE)
    photo, true_mask = photo[PART], true_mask[PART]
    alpha = make_alpha(predict_probability(load_starter(), photo), Look())
    mask = np.uint8(alpha > 0.5)
    print(f"the starter's mask of the drawn cat: Dice {dice(true_mask, mask):.2f}")
    colours = np.uint8([[255 * part for part in to_rgb(name)] for name in (BLUE, ORANGE)])
    pictures = {
        "photo.jpg": photo,
        "mask.png": colours[mask[..., 0]],
        "cut_out.jpg": put_on(cut_out(photo, alpha), (255, 255, 255)),
        "grey.jpg": grey_background(photo, alpha),
    }
    for name, picture in pictures.items():
        small = Image.fromarray(picture).resize(SIZE, Image.Resampling.LANCZOS)
        small.save(FOLDER / name, quality=85, optimize=True)


def photograph_pages():
    """Open studio and labeller as pages, do something in each, and take a picture of it."""
    from playwright.sync_api import sync_playwright

    from test_label_browser import choose, drag, open_page, wait_until_saved

    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    with tempfile.TemporaryDirectory() as temporary, sync_playwright() as driver:
        folder = Path(temporary)
        browser = driver.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        with serve_app(folder) as address:
            page = browser.new_page(viewport={"width": 860, "height": 500})
            page.goto(address, timeout=120_000)
            page.locator("img.unetlab-preview").wait_for(timeout=120_000)
            page.get_by_label("Effect").select_option("blurred")
            page.wait_for_timeout(2000)
            page.screenshot(path=FOLDER / "studio.jpg", type="jpeg", quality=80)
        photo, _ = draw_scene(**SCENE)
        Image.fromarray(photo[PART]).save(folder / "cat.png")
        with serve_label_page(folder, ("background", "cat")) as address:
            page = open_page(browser, address)
            page.set_viewport_size({"width": 860, "height": 790})
            choose(page, "button", "Scribble")
            page.keyboard.press("1")
            drag(page, (140, 140), (140, 190), (230, 230), (370, 230), (400, 280))
            page.keyboard.press("0")
            drag(page, (30, 330), (30, 30), (300, 20), (490, 150), (495, 330))
            wait_until_saved(page)
            page.screenshot(path=FOLDER / "labeller.jpg", type="jpeg", quality=80)
        browser.close()


def take_titles(beginnings):
    """Save the first picture of each run notebook's tagged cell, at most 720 pixels wide."""
    for path in sorted((ROOT / "build/notebooks").glob("*.ipynb")):
        if not path.name.startswith(tuple(beginnings or [""])):
            continue
        cells = nbformat.read(path, as_version=4).cells
        (cell,) = [cell for cell in cells if "title-picture" in cell.metadata.get("tags", [])]
        (found, *_) = [
            output.data["image/png"]
            for output in cell.outputs
            if "image/png" in output.get("data", {})
        ]
        picture = Image.open(io.BytesIO(base64.b64decode(found))).convert("RGB")
        picture.thumbnail((720, 720), Image.Resampling.LANCZOS)
        picture.quantize(128).save(FOLDER / f"{path.stem[:2]}.png", optimize=True)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--titles"]:
        sys.exit(take_titles(sys.argv[2:]))
    draw_pictures()
    photograph_pages()

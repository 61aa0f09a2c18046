"""The front page's figures are those of the README, of the pictures and of the last run."""

from pathlib import Path

import nbformat
import numpy as np
import pytest
from nbformat.v4 import new_code_cell, new_notebook, new_output
from PIL import Image

from pages.front_page import fill_front_page, score_of_mask

ROOT = Path(__file__).parents[2]
IMAGES = ROOT / "notebooks/images"


@pytest.fixture(scope="module")
def page():
    """Fill the front page as the build does, from a run of notebook 04 that printed its time."""
    paths = sorted((ROOT / "notebooks").glob("*.ipynb"))
    notebooks = {path.stem: nbformat.read(path, as_version=4) for path in paths}
    text = "37 ms from slider to picture, blurred"
    cell = new_code_cell("1", outputs=[new_output("stream", text=text)])
    notebooks["04_photoshop"] = new_notebook(cells=[*notebooks["04_photoshop"].cells, cell])
    template = (ROOT / "notebooks/site/index.md").read_text(encoding="utf-8")
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    return fill_front_page(template, readme, notebooks, IMAGES)


def test_every_notebook_has_a_card_and_a_place_in_the_list(page):
    for path in sorted((ROOT / "notebooks").glob("*.ipynb")):
        assert page.count(f":link: notebooks/{path.stem}\n") >= 1
        assert f"<notebooks/{path.stem}>" in page
    assert page.count(" minutes\n:::") == len(list((ROOT / "notebooks").glob("*.ipynb")))


def test_no_figure_is_left_open(page):
    assert "{{" not in page
    assert "answer in 37 ms" in page
    assert f"Dice {score_of_mask(IMAGES / 'mask.png'):.2f}" in page


def test_a_mask_is_judged_by_what_is_in_it(tmp_path):
    assert 0.8 < score_of_mask(IMAGES / "mask.png") < 1
    with Image.open(IMAGES / "mask.png") as picture:
        turned = np.asarray(picture.convert("RGB"))[..., ::-1]
    Image.fromarray(turned).save(tmp_path / "mask.png")
    assert score_of_mask(tmp_path / "mask.png") < 0.5

"""The front page's figures and cards, read where they are kept: no number is written twice."""

import re
from pathlib import Path

import numpy as np
from PIL import Image

from chelsea import draw_chelsea_mask
from unetlab import ENCODERS, dice

ROW = re.compile(
    r"^\| \[(\d\d)_\w+\]\((notebooks/\w+)\.ipynb\) \| (.+?) \| (.+?) \| (\d+) \|$", re.M
)
CATS = re.compile(r"^\| 04, .*Dice \| .*? \| (.*?) \|$", re.M)
CARD = """::::{{grid-item-card}} {number} {title}
:link: {page}
:link-type: doc

{built}

:::{{card-footer}}
{minutes} minutes
:::
::::"""


def fill_front_page(template, readme, notebooks, images):
    """Return the front page with its figures and a card for each notebook of the README's table."""
    rows = ROW.findall(readme)
    facts = {f"minutes_{number}": minutes for number, _, _, _, minutes in rows}
    facts["cards"] = "\n\n".join(
        CARD.format(
            number=number,
            title=title_of(notebooks[Path(page).name]),
            page=page,
            built=built[0].upper() + built[1:],
            minutes=minutes,
        )
        for number, page, built, _, minutes in rows
    )
    facts["chelsea_dice"] = f"{score_of_mask(images / 'mask.png'):.2f}"
    facts["slider_milliseconds"] = find_milliseconds(notebooks["04_photoshop"])
    facts["cats_dice"] = CATS.search(readme)[1]
    facts["encoder_count"] = len(ENCODERS)
    return re.sub(r"\{\{ (\w+) \}\}", lambda match: str(facts[match[1]]), template)


def title_of(notebook):
    """Return a notebook's title up to its colon: the card's text says the rest."""
    return notebook.cells[0].source.splitlines()[0].removeprefix("# ").partition(":")[0]


def find_milliseconds(notebook):
    """Return how quickly the picture followed the slider, as notebook 04 measured it."""
    printed = "".join(
        output.get("text", "") for cell in notebook.cells for output in cell.get("outputs", ())
    )
    return re.search(r"(\d+) ms from slider to picture", printed)[1]


def score_of_mask(path):
    """Return the Dice of the picture of Chelsea's mask against the one drawn by hand."""
    with Image.open(path) as picture:
        red, _, blue = np.moveaxis(np.asarray(picture.convert("RGB"), int), -1, 0)
        size = picture.size
    true_mask = Image.fromarray(255 * draw_chelsea_mask()[..., 0]).resize(size)
    return dice(np.uint8(np.asarray(true_mask) > 127), np.uint8(red > blue))

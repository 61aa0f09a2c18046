"""A learner's own folder of five classes in notebook 03: learned, scored by class, cut out.

Two classes, and what the other notebooks say of own photos, are run by `run_swaps.py --fast`.
"""

import json
from pathlib import Path

import nbformat
import numpy as np
from PIL import Image

from drawn_folders import save_scenes
from run_notebooks import SHORT_TIMEOUT, run_apart
from run_swaps import change_configuration

NOTEBOOK = Path(__file__).parent.parent / "notebooks/03_chair_extraction.ipynb"
VOID = 255


def write_void(mask_path):
    """Make the left twentieth of a mask void, as VOC's masks have it at borders."""
    with Image.open(mask_path) as opened:
        mask = np.array(opened)
    mask[:, : mask.shape[1] // 20] = VOID
    Image.fromarray(mask).save(mask_path)


def run_with_own_photos(folder, kinds, count, *lines):
    """Run notebook 03 with a folder of drawn scenes for its own photos; return it as it ran."""
    class_names = save_scenes(folder / "my own", kinds, count, (120, 160))
    for path in (folder / "my own/masks").iterdir():
        write_void(path)
    photos, masks = (str(folder / "my own" / part) for part in ("photos", "masks"))
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    change_configuration(
        notebook,
        [f"IMAGES, MASKS = {photos!r}, {masks!r}", f"CLASS_NAMES = {class_names!r}", *lines],
    )
    path = folder / "notebooks" / NOTEBOOK.name
    path.parent.mkdir()
    nbformat.write(notebook, path)
    outcome = run_apart(path, folder, True, SHORT_TIMEOUT)
    assert outcome.failures == []
    return json.loads((folder / "build/metrics/03_chair_extraction.json").read_text())


def test_five_classes_are_learned_scored_and_cut_out(tmp_path):
    kinds = ("cats", "cars", "chairs", "stools")
    record = run_with_own_photos(tmp_path, kinds, 32, "CURVE = (8,)", "EPOCHS = 1", "SECONDS = 4")
    assert list(record["class_dice"]) == list(kinds)
    assert record["class_dice"]["cats"] > 0.2 and record["class_dice"]["cars"] > 0.3, record
    (curve,) = record["learning_curve"].values()
    assert 0 < curve < 1
    cut_outs = sorted((tmp_path / "build/cut_outs").iterdir())
    assert len(cut_outs) == 5
    for path in cut_outs:
        # What is solid are the subjects: about as much as their masks.
        share = np.mean(np.array(Image.open(path))[..., 3] > 127)
        mask = np.array(Image.open(tmp_path / f"my own/masks/{path.stem}.png"))
        assert 0.2 < share / np.mean((mask > 0) & (mask != VOID)) < 3

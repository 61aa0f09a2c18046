"""Run each notebook once with its configuration changed, as a learner would change it.

Usage: python tests/tools/run_swaps.py [BEGINNING ...]

Each meets another encoder and another size, and trains hardly at all: what follows the encoder is
asked here, not what was learned. It gets a folder of its own photos, drawn, of five classes with
void.
"""

import ast
import json
import shutil
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import nbformat
import numpy as np
from PIL import Image

from unetlab.drawn import draw_scene

ROOT = Path(__file__).parents[2]
OUTPUT = ROOT / "build/swaps"
KINDS = ("cats", "cars", "chairs", "pets")
OWN_PHOTOS = 32
VOID = 255
SWAPS = {
    "01_pets_segmentation": {"ENCODER": "mobilenet_v3_small", "IMAGE_SIZE": 64},
    "02_carvana_masking": {"ENCODER": "mobilenet", "IMAGE_SIZE": 96},
    "03_chair_extraction": {"ENCODER": "vgg16", "IMAGE_SIZE": 64, "CURVE": [8]},
    "04_photoshop": {"ENCODER": "resnet50", "IMAGE_SIZE": 96},
    "05_swap_the_encoder": {"ENCODER": "mobilenet", "IMAGE_SIZE": [64, 96]},
    "06_train_faster": {"ENCODER": "mobilenet_v3_small", "IMAGE_SIZE": 96},
    "07_label_your_own": {"ENCODER": "vgg16", "IMAGE_SIZE": 64},
}


def draw_own_photos(folder):
    """Draw photos and masks of several classes, the left of each mask void; return settings."""
    for part in ("photos", "masks"):
        (folder / part).mkdir(parents=True)
    for number in range(OWN_PHOTOS):
        # A scene of each kind in each quarter.
        scenes = [draw_scene(kind, (60, 80), seed=number) for kind in KINDS]
        masks = [mask * class_id for class_id, (_, mask) in enumerate(scenes, 1)]
        image, mask = (
            np.vstack([np.hstack(parts[:2]), np.hstack(parts[2:])])
            for parts in ([image for image, _ in scenes], masks)
        )
        mask[:, : mask.shape[1] // 20] = VOID
        Image.fromarray(image).save(folder / f"photos/{number:02}.jpg")
        Image.fromarray(mask[..., 0]).save(folder / f"masks/{number:02}.png")
    photos, masks = str(folder / "photos"), str(folder / "masks")
    names = ["background", *KINDS]
    return {"PHOTOS": photos, "IMAGES": photos, "MASKS": masks, "CLASS_NAMES": names}


def settings_of(notebook, own):
    """Return what to change in a notebook's settings: those of its short run, and the swap."""
    cells = {
        tag: ast.parse(cell.source)
        for cell in nbformat.read(notebook, as_version=4).cells
        for tag in cell.metadata.get("tags", [])
        if tag in ("parameters", "short-run")
    }
    known = {node.id for node in ast.walk(cells["parameters"]) if isinstance(node, ast.Name)}
    short = {}
    for node in ast.walk(cells["short-run"]):
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Tuple):
            names = [name.id for name in node.targets[0].elts]
            short |= zip(names, ast.literal_eval(node.value), strict=True)
        elif isinstance(node, ast.Assign):
            short[node.targets[0].id] = ast.literal_eval(node.value)
    brief = {name: 1 for name in known if name.endswith(("EPOCHS", "SECONDS"))}
    wanted = {**short, **brief, **own, **SWAPS[notebook.stem]}
    return {name: value for name, value in wanted.items() if name in known}


def run_swap(notebook, own):
    """Run one notebook in a folder of its own; return whether it ran to the end."""
    folder = OUTPUT / notebook.stem / "notebooks"
    folder.mkdir(parents=True)
    target, began = folder / notebook.name, time.monotonic()
    settings = json.dumps(settings_of(notebook, own))
    options = ["--parameters_yaml", settings, "--cwd", folder, "--kernel", "python3"]
    command = [sys.executable, "-m", "papermill", notebook, target, "--no-progress-bar", *options]
    command += ["--execution-timeout", "600"]
    ended = subprocess.run(command, capture_output=True, text=True)
    # Widgets and threads only print the exceptions of the code they call.
    printed = "Traceback (most recent call last)" in target.read_text(encoding="utf-8")
    good = ended.returncode == 0 and not printed
    words = "ok" if good else f"failed; see {target}\n{ended.stderr[-3000:]}"
    print(f"{notebook.stem} {time.monotonic() - began:.0f} s {settings}: {words}", flush=True)
    return good


def main(beginnings):
    """Run those whose names begin so, or all, two at a time."""
    shutil.rmtree(OUTPUT, ignore_errors=True)
    own = draw_own_photos(OUTPUT / "own")
    paths = sorted((ROOT / "notebooks").glob("*.ipynb"))
    chosen = [path for path in paths if path.name.startswith(tuple(beginnings or [""]))]
    with ThreadPoolExecutor(2) as pool:
        return all(list(pool.map(lambda path: run_swap(path, own), chosen)))


if __name__ == "__main__":
    sys.exit(0 if main(sys.argv[1:]) else 1)

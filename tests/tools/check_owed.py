"""Check what the notebooks' short runs owe, by the figures that they left in build/metrics.

Usage: python tests/tools/check_owed.py [BEGINNING ...]
"""

import json
import sys
from pathlib import Path

METRICS = Path(__file__).parents[2] / "build/metrics"
# On drawn photos, from the starter's weights. The third trains by the clock: it
# reaches less on a busy machine.
OWED = {
    "01_pets_segmentation": ("mean IoU", 0.70),
    "02_carvana_masking": ("Dice at the photo's own size", 0.91),
    "03_chair_extraction": ("Dice over the folds", 0.80),
    "04_photoshop": ("Dice in one piece", 0.86),
    "05_swap_the_encoder": ("mean IoU, frozen above random", 0.20),
    "06_train_faster": ("mean IoU with small batches", 0.50),
    "07_label_your_own": ("Dice", 0.75),
}


def main(beginnings):
    """Print a line for each notebook; return how many fell short."""
    short = 0
    for name, (words, owed) in OWED.items():
        if name.startswith(tuple(beginnings or [""])):
            record = json.loads((METRICS / f"{name}.json").read_text(encoding="utf-8"))
            figure = record["score"]
            short += figure < owed
            verdict = "short of" if figure < owed else "of"
            print(f"{name:22} {words} {figure:.3f}, {verdict} {owed:.2f} owed; {record['data']}")
    return short


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

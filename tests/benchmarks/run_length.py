"""How fast a mask becomes run lengths, against pycocotools.

Usage: python tests/benchmarks/run_length.py [--repeats 101]

Draws the mask of a car at Carvana's 1918 x 1280 and encodes it in two ways in turn: into Kaggle's
text, and with pycocotools, which wants the mask in column order, so that this conversion counts.
Prints the ratio of the medians, then the milliseconds of either, and of decoding.
"""

import argparse
import statistics
import time

import numpy as np
from pycocotools import mask as coco

from unetlab.run_length import decode_run_length, encode_run_length
from unetlab.shapes import draw_scene

HEIGHT, WIDTH = 1280, 1918


def measure(functions, repeats):
    """Return each function's median milliseconds; they take turns, so that both feel any load."""
    seconds = {name: [] for name in functions}
    for _ in range(repeats):
        for name, function in functions.items():
            began = time.perf_counter()
            function()
            seconds[name].append(time.perf_counter() - began)
    return {name: 1000 * statistics.median(times) for name, times in seconds.items()}


def main():
    """Read the arguments, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--repeats", type=int, default=101)
    repeats = parser.parse_args().repeats
    mask = draw_scene("cars", (HEIGHT, WIDTH), 0)[1][..., 0]
    text, counts = encode_run_length(mask), coco.encode(np.asfortranarray(mask))
    milliseconds = measure(
        {
            "ours, encode": lambda: encode_run_length(mask),
            "pycocotools, encode": lambda: coco.encode(np.asfortranarray(mask)),
            "ours, decode": lambda: decode_run_length(text, HEIGHT, WIDTH),
            "pycocotools, decode": lambda: np.ascontiguousarray(coco.decode(counts)),
        },
        repeats,
    )
    for way in ("encode", "decode"):
        ratio = milliseconds[f"pycocotools, {way}"] / milliseconds[f"ours, {way}"]
        print(f"{way}: {ratio:.1f} times as fast as pycocotools (goal 1)")
    print(f"a mask of {len(text.split()) // 2} runs, median of {repeats}")
    for name, median in milliseconds.items():
        print(f"  {name}: {median:.2f} ms")


if __name__ == "__main__":
    main()

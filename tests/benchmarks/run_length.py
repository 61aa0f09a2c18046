"""How fast a mask of Carvana's size becomes run lengths and back, against pycocotools.

pycocotools wants the mask in column order, so that this conversion counts.
"""

import numpy as np
from measures import Measure, take_turns
from pycocotools import mask as coco

from unetlab.drawn.scenes import draw_scene
from unetlab.submission.run_length import decode_run_length, encode_run_length

HEIGHT, WIDTH = 1280, 1918


def measure(quick):
    """Encode and decode the mask of a drawn car in two ways in turn."""
    mask = draw_scene("cars", (HEIGHT, WIDTH), 0)[1][..., 0]
    text, counts = encode_run_length(mask), coco.encode(np.asfortranarray(mask))
    np.testing.assert_array_equal(decode_run_length(text, HEIGHT, WIDTH)[..., 0], mask)
    ways = {
        "encode": lambda: encode_run_length(mask),
        "encode, pycocotools": lambda: coco.encode(np.asfortranarray(mask)),
        "decode": lambda: decode_run_length(text, HEIGHT, WIDTH),
        "decode, pycocotools": lambda: np.ascontiguousarray(coco.decode(counts)),
    }
    seconds = take_turns(ways, rounds=11 if quick else 101)
    return [
        Measure(
            f"{way} the run lengths of 1918x1280",
            1000 * seconds[way],
            1000 * seconds[f"{way}, pycocotools"],
            "ms",
            "pycocotools",
            goal=1,
        )
        for way in ("encode", "decode")
    ]

"""How soon a photo becomes its mask: small images, batches, full-size photos, tiles, files."""

import tempfile
from functools import partial
from pathlib import Path

import cv2
import keras
import numpy as np
from measures import Measure, take_turns
from PIL import Image

from unetlab import build_unet, predict_mask, predict_tiles, write_submission
from unetlab.drawn import draw_scene

HEIGHT, WIDTH = 1280, 1918  # Carvana's


def measure_small(rounds):
    """Measure 128 px, one by one and 32 at a time, against the tutorial's network and way."""
    model = build_unet("mobilenet_v2", 3, 128, weights=None, decoder="resize")
    tutorial = build_unet("mobilenet_v2", 3, 128, weights=None, decoder="pix2pix")
    for count in (1, 32):
        images = np.random.default_rng(0).integers(0, 256, [count, 128, 128, 3]).astype("float32")
        ways = {
            "ours": partial(model.predict_on_batch, images),
            "tutorial": partial(tutorial.predict, images, verbose=0),
        }
        ours, theirs = (1000 * found / count for found in take_turns(ways, rounds).values())
        name, against = f"predict 128 px, {count} at a time", "the tutorial's network, predict"
        yield Measure(name, ours, theirs, "ms an image", against)


def predict_plainly(model, photo):
    """Predict as most kernels do: `predict` on one image, then the mask enlarged in NumPy."""
    small = cv2.resize(photo, model.input_shape[2:0:-1])
    probability = keras.ops.sigmoid(model.predict(small[None].astype("float32"), verbose=0)[0])
    return cv2.resize(np.asarray(probability), photo.shape[1::-1]) > 0.5


def measure_full_size(folder, count, rounds):
    """Measure one photo at a time, by resized logits and by tiles, and files to run lengths."""
    paths = [folder / f"{number}.jpg" for number in range(count)]
    for number, path in enumerate(paths):
        Image.fromarray(draw_scene("cars", (HEIGHT, WIDTH), number)[0]).save(path, quality=92)
    photo = np.asarray(Image.open(paths[0]))
    model = build_unet("mobilenet_v2", 2, (512, 512), weights=None, decoder="resize")
    targets = (folder / f"{number}.csv" for number in range(1000))
    ways = {
        "resized logits": partial(predict_mask, model, photo),
        "tiles": lambda: predict_tiles(model, photo) > 0,
        "from file to run lengths": lambda: write_submission(model, paths, next(targets)),
        "plain": partial(predict_plainly, model, photo),
    }
    seconds = take_turns(ways, rounds)
    seconds["from file to run lengths"] /= count
    against = "keras predict, sigmoid, mask resized"
    return [
        Measure(f"{WIDTH}x{HEIGHT}, {name}", seconds[name], seconds["plain"], "s", against)
        for name in list(ways)[:-1]
    ]


def measure(quick):
    """Measure all of them."""
    keras.utils.set_random_seed(0)
    small = list(measure_small(3 if quick else 15))
    with tempfile.TemporaryDirectory() as folder:
        return small + measure_full_size(Path(folder), *((4, 2) if quick else (16, 7)))

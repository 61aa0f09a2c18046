"""Milliseconds from a photo to its mask: small images, batches, full-size photos, tiles."""

import tempfile
from functools import partial
from pathlib import Path

import cv2
import keras
import numpy as np
from measures import Measure, take_turns
from peer_unet import build_peer_unet, peer_is_installed
from PIL import Image

from unetlab.drawn.scenes import draw_scene
from unetlab.prediction import predict_mask, predict_tiles
from unetlab.submission.submission import write_submission
from unetlab.unet import build_unet

HEIGHT, WIDTH = 1280, 1918


def draw_photos(folder, count):
    """Write drawn cars at Carvana's size; return their paths."""
    paths = []
    for number in range(count):
        image, _ = draw_scene("cars", (HEIGHT, WIDTH), number)
        paths.append(Path(folder) / f"{number}.jpg")
        Image.fromarray(image).save(paths[-1], quality=92)
    return paths


def predict_plainly(model, photo):
    """Predict as most kernels do: `predict` on one image, then the mask enlarged in NumPy."""
    small = cv2.resize(photo, model.input_shape[2:0:-1])
    probability = keras.ops.sigmoid(model.predict(small[None].astype("float32"), verbose=0)[0])
    return cv2.resize(np.asarray(probability), photo.shape[1::-1]) > 0.5


def measure_small(rounds):
    """Measure 128 px, one by one and 32 at a time, against Keras's own `predict` and the peer."""
    model = build_unet("mobilenet_v2", 3, 128, weights=None, decoder="resize")
    tutorial = build_unet("mobilenet_v2", 3, 128, weights=None, decoder="pix2pix")
    found = []
    for count in (1, 32):
        images = np.random.default_rng(0).integers(0, 256, [count, 128, 128, 3]).astype("float32")
        ways = {
            "ours": partial(model.predict_on_batch, images),
            "tutorial": partial(tutorial.predict, images, verbose=0),
        }
        against = {"tutorial": "the tutorial's network and way"}
        if peer_is_installed():
            ways["peer"] = partial(build_peer_unet(3, 128, True).predict, images, verbose=0)
            against["peer"] = "segmentation_models' network, predict"
        seconds = take_turns(ways, rounds)
        milliseconds = {name: 1000 * seconds[name] / count for name in ways}
        name = f"predict 128 px, {count} at a time"
        for other, words in against.items():
            found.append(
                Measure(name, milliseconds["ours"], milliseconds[other], "ms an image", words)
            )
    return found


def measure_full_size(photo, rounds):
    """Measure one full-size photo at a time: resized logits, and overlapping tiles."""
    model = build_unet("mobilenet_v2", 2, (512, 512), weights=None, decoder="resize")
    ways = {
        "resized logits": partial(predict_mask, model, photo),
        "tiles": lambda: predict_tiles(model, photo) > 0,
        "plain": partial(predict_plainly, model, photo),
    }
    seconds = take_turns(ways, rounds)
    against = "keras predict, sigmoid, mask resized"
    return [
        Measure(f"{WIDTH}x{HEIGHT} by {name}", seconds[name], seconds["plain"], "s", against)
        for name in ("resized logits", "tiles")
    ]


def measure_submission(paths, folder, rounds):
    """Measure files in, run lengths out, all included, against the goal of 3 photos a second."""
    model = build_unet("mobilenet_v2", 2, (512, 512), weights=None, decoder="resize")
    targets = iter(range(1000))

    def write():
        write_submission(model, paths, Path(folder) / f"{next(targets)}.csv")

    seconds = take_turns({"ours": write}, max(1, rounds // 5))["ours"]
    name = f"{WIDTH}x{HEIGHT} from file to run lengths, 512 px network"
    return [Measure(name, len(paths) / seconds, 3.0, "photos/s", "3 a second, the goal", 1)]


def measure(quick):
    """Measure small images, one full-size photo, and a submission."""
    keras.utils.set_random_seed(0)
    rounds = 3 if quick else 15
    with tempfile.TemporaryDirectory() as folder:
        paths = draw_photos(folder, 4 if quick else 24)
        photo = np.asarray(Image.open(paths[0]))
        return (
            measure_small(rounds)
            + measure_full_size(photo, rounds)
            + measure_submission(paths, folder, rounds)
        )

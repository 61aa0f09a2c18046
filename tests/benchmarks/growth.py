"""How cost grows: with the number of images, where memory must stay flat, and with their size."""

import tempfile
import time
from pathlib import Path

import keras
import numpy as np
from measures import Measure, peak_bytes, take_turns
from PIL import Image

from unetlab.drawn.scenes import draw_scene
from unetlab.prediction import predict_mask
from unetlab.submission.submission import write_submission
from unetlab.unet import build_plain_unet, build_unet

SIZE = 128


def write_photos(folder, drawn, count):
    """Write drawn photos, and links to them until there are as many as wanted."""
    paths = [Path(folder) / f"{number:05}.jpg" for number in range(count)]
    for number, path in enumerate(paths):
        if number < drawn:
            Image.fromarray(draw_scene("pets", SIZE, number)[0]).save(path)
        else:
            path.hardlink_to(paths[number % drawn])
    return paths


def predict_many(model, paths, folder):
    """Write a submission; return seconds and peak bytes for each image."""
    began = time.perf_counter()
    write_submission(model, paths, Path(folder) / f"{len(paths)}.csv")
    return (time.perf_counter() - began) / len(paths), peak_bytes()


def measure_counts(few, many):
    """Predict few photos and then many from files; the rate and the memory stay."""
    model = build_unet("mobilenet_v2", 2, SIZE, weights=None, decoder="resize")
    with tempfile.TemporaryDirectory() as folder:
        paths = write_photos(folder, drawn=few, count=many)
        predict_many(model, paths[: few // 2], folder)  # compiles
        few_seconds, few_bytes = predict_many(model, paths[:few], folder)
        many_seconds, many_bytes = predict_many(model, paths, folder)
    against = f"the same for {few}"
    label = f"{many} photos of {SIZE} px to run lengths"
    return [
        Measure(f"{label}, a photo", 1000 * many_seconds, 1000 * few_seconds, "ms", against),
        Measure(f"{label}, peak", many_bytes / 1e9, few_bytes / 1e9, "GB", against, 0.9),
    ]


def seconds_a_megapixel(size, rounds):
    """Return the median seconds that a megapixel takes in a network of the photo's size."""
    model = build_plain_unet(2, size, (8, 16, 32))
    photo = np.zeros([size, size, 3], np.uint8)
    seconds = take_turns({"predict": lambda: predict_mask(model, photo)}, rounds)["predict"]
    return seconds / size**2 * 1e6


def measure(quick):
    """Grow the number of photos, then their size."""
    keras.utils.set_random_seed(0)
    found = measure_counts(*((20, 60) if quick else (100, 10_000)))
    base = seconds_a_megapixel(128, 5)
    for size in (256, 512) if quick else (256, 512, 1024):
        seconds = seconds_a_megapixel(size, 5)
        name = f"a megapixel at {size} px by a plain U-Net of that size"
        found.append(Measure(name, seconds, base, "s", "at 128 px"))
    return found

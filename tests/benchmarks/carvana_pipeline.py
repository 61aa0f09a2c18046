"""How soon photos of Carvana's size become batches, against the way of the Carvana article.

Draws scenes of 1918 x 1280 into a temporary folder in Carvana's layout, then makes augmented
batches of 224 x 224 of them in two ways. The article's, written afresh: decode in full, rotate,
zoom and change colours at full size with OpenCV, then shrink, with one process per core, anew in
each pass. Ours: decode at the scale needed, shrink, cache, then augment batches. Starting the
processes is not timed.
"""

import multiprocessing
import os
import statistics
import tempfile
import time
from pathlib import Path

import cv2
import numpy as np
from measures import Measure
from PIL import Image

# TensorFlow is imported inside functions: the article's processes import this file without it.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

WIDTH, HEIGHT, SIZE, BATCH = 1918, 1280, 224, 16
GOALS = {"first pass": 2.5, "later passes": 10}


def write_photo(folder, number):
    """Draw one scene and save it as Carvana does, with a photo of about 300 KB."""
    from unetlab.drawn.scenes import draw_scene

    image, mask = draw_scene("cars", (HEIGHT, WIDTH), number)
    photo = folder / "train" / f"drawn{number:04}_01.jpg"
    for quality in range(90, 100):
        Image.fromarray(image).save(photo, quality=quality)
        if photo.stat().st_size > 270_000:
            break
    gif = Image.fromarray(mask[..., 0] * 255).convert("1", dither=Image.Dither.NONE)
    gif.save(folder / "train_masks" / f"{photo.stem}_mask.gif")


def article_example(paths, seed):
    """Decode one pair in full, change it at full size, shrink it."""
    random = np.random.default_rng(seed)
    image = cv2.cvtColor(cv2.imread(paths[0]), cv2.COLOR_BGR2RGB)
    mask = np.asarray(Image.open(paths[1]).convert("L"))

    turn = cv2.getRotationMatrix2D(
        (WIDTH / 2, HEIGHT / 2), random.uniform(-15, 15), random.uniform(0.8, 1.3)
    )
    turn[:, 2] += random.uniform(-0.1, 0.1, 2) * (WIDTH, HEIGHT)
    options = {"borderMode": cv2.BORDER_REFLECT_101}
    image = cv2.warpAffine(image, turn, (WIDTH, HEIGHT), flags=cv2.INTER_LINEAR, **options)
    mask = cv2.warpAffine(mask, turn, (WIDTH, HEIGHT), flags=cv2.INTER_NEAREST, **options)

    hue, saturation, value = cv2.split(cv2.cvtColor(image, cv2.COLOR_RGB2HSV))
    hue = cv2.LUT(hue, np.uint8((np.arange(256) + random.integers(-5, 6)) % 180))
    saturation = cv2.convertScaleAbs(saturation, alpha=random.uniform(0.7, 1.3))
    value = cv2.convertScaleAbs(value, alpha=random.uniform(0.8, 1.2))
    image = cv2.cvtColor(cv2.merge((hue, saturation, value)), cv2.COLOR_HSV2RGB)
    if random.random() < 0.5:
        image, mask = cv2.flip(image, 1), cv2.flip(mask, 1)

    image = cv2.resize(image, (SIZE, SIZE), interpolation=cv2.INTER_AREA)
    mask = cv2.resize(mask, (SIZE, SIZE), interpolation=cv2.INTER_NEAREST)
    return image, (mask > 127).astype(np.uint8)[..., None]


def article_pass(pool, paths):
    """Make all batches once; return the seconds."""
    began = time.perf_counter()
    examples = pool.starmap(article_example, [(pair, i) for i, pair in enumerate(paths)], 4)
    for start in range(0, len(examples), BATCH):
        images, masks = zip(*examples[start : start + BATCH], strict=True)
        np.stack(images).astype(np.float32), np.stack(masks)
    return time.perf_counter() - began


def our_passes(pairs, repeats):
    """Make all batches from files, then from the cache; return the seconds of either, a list."""
    from unetlab.augmentation import Augmentation
    from unetlab.data.masks import load_mask
    from unetlab.data.pairs import read_examples
    from unetlab.pipeline import prepare_batches

    seconds = [], []
    for _ in range(repeats):
        examples = read_examples(pairs, load_mask, SIZE)
        began = time.perf_counter()
        batches = prepare_batches(examples, SIZE, BATCH, Augmentation(), num_classes=2)
        for column in seconds:
            count = sum(len(images) for images, _ in batches)
            column.append(time.perf_counter() - began)
            began = time.perf_counter()
        assert count == len(pairs)
    return seconds


def start_article_process():
    """Keep OpenCV to one thread, as there is a process per core."""
    cv2.setNumThreads(1)


def time_passes(folder, photos, repeats):
    """Return the median seconds of a pass: the article's, our first, our later ones."""
    folder = Path(folder)
    for name in ("train", "train_masks"):
        (folder / name).mkdir()
    with multiprocessing.get_context("spawn").Pool(initializer=start_article_process) as pool:
        pool.starmap(write_photo, [(folder, number) for number in range(photos)], 1)
    paths = sorted((folder / "train").glob("*.jpg"))
    pairs = [(str(p), str(folder / "train_masks" / f"{p.stem}_mask.gif")) for p in paths]
    with multiprocessing.get_context("spawn").Pool(initializer=start_article_process) as pool:
        article_pass(pool, pairs)  # until each process has imported what it needs
        article = [article_pass(pool, pairs) for _ in range(repeats)]
    first, later = our_passes(pairs, repeats)
    return [statistics.median(column) for column in (article, first, later)]


def measure(quick):
    """Time both ways over the same files."""
    photos, repeats = (8, 2) if quick else (48, 7)
    with tempfile.TemporaryDirectory() as folder:
        article, first, later = time_passes(folder, photos, repeats)
    return [
        Measure(
            f"1918x1280 pairs to 224 px, {name}",
            photos / ours,
            photos / article,
            "photos/s",
            "the Carvana article's way",
            goal,
        )
        for (name, goal), ours in zip(GOALS.items(), (first, later), strict=True)
    ]

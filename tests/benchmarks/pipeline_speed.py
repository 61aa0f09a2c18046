"""Training examples per second from files, against the decoder's own limit and two articles' ways.

Photos of 500 x 375, as the pets have, and of 2000 x 1500, nearer to a telephone's, with PNG masks,
to augmented batches of 128 x 128. The limits are TensorFlow's decoders alone, in full, on all
cores: of the JPEGs, and of the PNGs too. The pipeline is timed by stages, which tells where its
time goes. The two generators are written afresh in the way of the chair article (OpenCV) and of the
cat article (affine warps by SciPy, as Keras's old ImageDataGenerator does them), one example after
the other as in both.
"""

import statistics
import tempfile
import time
from pathlib import Path

import cv2
import numpy as np
import tensorflow as tf
from measures import Measure
from PIL import Image
from scipy import ndimage

from unetlab.augmentation import CAT_AUGMENTATION
from unetlab.data.folders import load_folder
from unetlab.drawn.scenes import draw_scene
from unetlab.pipeline import prepare_batches

SIZE, BATCH = 128, 8
PHOTOS = {(375, 500): 240, (1500, 2000): 48}  # how many of each height and width
AGAINST = {
    "photos": "decoding the JPEGs alone, on all cores",
    "pairs": "decoding JPEGs and PNGs alone, on all cores",
    "chair": "the chair article's generator",
    "cat": "the cat article's generator",
}


def write_pairs(folder, count, shape):
    """Write drawn chairs and their masks; return the pairs of paths."""
    pairs = []
    for number in range(count):
        image, mask = draw_scene("chairs", shape, number)
        pair = folder / "images" / f"{number}.jpg", folder / "masks" / f"{number}.png"
        for path, array in zip(pair, (image, mask[..., 0] * 255), strict=True):
            path.parent.mkdir(exist_ok=True)
            Image.fromarray(array).save(path, quality=92)
        pairs.append([str(path) for path in pair])
    return pairs


def read_in_full(pair):
    """Decode a pair in full and shrink it."""
    image = cv2.cvtColor(cv2.imread(pair[0]), cv2.COLOR_BGR2RGB)
    mask = cv2.imread(pair[1], cv2.IMREAD_GRAYSCALE)
    image = cv2.resize(image, (SIZE, SIZE), interpolation=cv2.INTER_AREA)
    return image, cv2.resize(mask, (SIZE, SIZE), interpolation=cv2.INTER_NEAREST)


def warp_by_opencv(image, mask, random):
    """Turn, scale, shift and flip by OpenCV; change hue and value."""
    turn = cv2.getRotationMatrix2D(
        (SIZE / 2, SIZE / 2), random.uniform(-20, 20), random.uniform(0.9, 1.1)
    )
    turn[:, 2] += random.uniform(-0.0625, 0.0625, 2) * SIZE
    image = cv2.warpAffine(image, turn, (SIZE, SIZE), borderMode=cv2.BORDER_REFLECT_101)
    mask = cv2.warpAffine(mask, turn, (SIZE, SIZE), flags=cv2.INTER_NEAREST)
    shift = random.integers(-15, 16, 3) * (3, 0, 1)
    colours = cv2.cvtColor(image, cv2.COLOR_RGB2HSV).astype(int) + shift
    colours[..., 0] %= 180
    image = cv2.cvtColor(np.uint8(colours.clip(0, 255)), cv2.COLOR_HSV2RGB)
    return (image[:, ::-1], mask[:, ::-1]) if random.random() < 0.5 else (image, mask)


def warp_by_scipy(image, mask, random):
    """Turn, shear, zoom, shift and flip by SciPy, channel by channel; change the value."""
    angle, shear = np.deg2rad(random.uniform(-15, 15)), np.deg2rad(random.uniform(-5, 5))
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    matrix = turn @ [[1, -np.sin(shear)], [0, np.cos(shear)]] * random.uniform(0.8, 1.1)
    offset = np.array([SIZE / 2] * 2) - matrix @ ([SIZE / 2] * 2) + random.uniform(-0.1, 0.1, 2)
    colours = cv2.cvtColor(image, cv2.COLOR_RGB2HSV).astype(float)
    colours[..., 2] *= random.uniform(0.7, 1.3)
    image = cv2.cvtColor(np.uint8(colours.clip(0, 255)), cv2.COLOR_HSV2RGB)
    channels = [*np.moveaxis(image, -1, 0), mask]
    warped = [
        ndimage.affine_transform(part, matrix, offset, order=order, mode="reflect")
        for part, order in zip(channels, (1, 1, 1, 0), strict=True)
    ]
    image, mask = np.stack(warped[:3], axis=-1), warped[3]
    return (image[:, ::-1], mask[:, ::-1]) if random.random() < 0.5 else (image, mask)


def generator_pass(pairs, warp):
    """Make all batches once, an example after the other."""
    random = np.random.default_rng(0)
    for start in range(0, len(pairs), BATCH):
        examples = [warp(*read_in_full(pair), random) for pair in pairs[start : start + BATCH]]
        images, masks = zip(*examples, strict=True)
        np.stack(images).astype(np.float32), (np.stack(masks) > 127).astype(np.uint8)


def decode(paths, with_masks):
    """Decode files in full on all cores, and do nothing else."""

    def load(pair):
        image = tf.io.decode_jpeg(tf.io.read_file(pair[0]))
        return (image, tf.io.decode_png(tf.io.read_file(pair[1]))) if with_masks else image

    return tf.data.Dataset.from_tensor_slices(paths).map(load, tf.data.AUTOTUNE)


def exhaust(batches):
    """Draw everything once."""
    for _ in batches:
        pass


def time_passes(folder, pairs, rounds):
    """Return for each way the median seconds of a pass; they take turns."""
    data = load_folder(folder / "images", folder / "masks", image_size=SIZE)
    examples = data.train.concatenate(data.test)
    resized = prepare_batches(examples, SIZE, BATCH, num_classes=2, cache=False)
    ways = {
        "photos": lambda: exhaust(decode(pairs, with_masks=False)),
        "pairs": lambda: exhaust(decode(pairs, with_masks=True)),
        "read": lambda: exhaust(examples),
        "resized": lambda: exhaust(resized),
        "chair": lambda: generator_pass(pairs, warp_by_opencv),
        "cat": lambda: generator_pass(pairs, warp_by_scipy),
    }
    seconds = {name: [] for name in (*ways, "first", "later")}
    for _ in range(rounds + 1):
        for name, way in ways.items():
            began = time.perf_counter()
            way()
            seconds[name].append(time.perf_counter() - began)
        batches = prepare_batches(examples, SIZE, BATCH, CAT_AUGMENTATION, num_classes=2)
        for name in ("first", "later"):
            began = time.perf_counter()
            exhaust(batches)
            seconds[name].append(time.perf_counter() - began)
    return {name: statistics.median(found[1:]) for name, found in seconds.items()}


def measure(quick):
    """Time all ways over the same files, of either size."""
    return [found for shape in PHOTOS for found in measure_photos(shape, quick)]


def measure_photos(shape, quick):
    """Time all ways over the same files."""
    with tempfile.TemporaryDirectory() as folder:
        pairs = write_pairs(Path(folder), 16 if quick else PHOTOS[shape], shape)
        seconds = time_passes(Path(folder), pairs, 1 if quick else 5)
    rate = {name: len(pairs) / found for name, found in seconds.items()}
    label = f"{shape[1]}x{shape[0]} pairs"
    whole = f"{label} to augmented {SIZE} px"
    return [
        Measure(name, rate[ours], rate[way], "images/s", AGAINST[way], goal)
        for name, ours, way, goal in (
            (f"{whole}, first pass", "first", "photos", 0.8),
            (f"{whole}, first pass", "first", "pairs", None),
            (f"{label}, read only", "read", "pairs", None),
            (f"{label}, read and resized", "resized", "pairs", None),
            (f"{whole}, first pass", "first", "chair", None),
            (f"{whole}, first pass", "first", "cat", None),
            (f"{whole}, later passes", "later", "chair", None),
        )
    ]

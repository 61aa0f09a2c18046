"""Training examples per second from files, against the decoder's own limit and an article's way.

Photos of 500 x 375, as the pets have, and of 2000 x 1500, nearer to a telephone's, with PNG masks,
to augmented batches of 128 x 128. The limit is TensorFlow's decoders alone, in full, on all
cores. The generator is written afresh in the way of the chair
article (OpenCV), one example after the other as there.
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

from unetlab import Augmentation, load_folder, prepare_batches
from unetlab.drawn import draw_scene

SIZE, BATCH = 128, 8
PHOTOS = {(375, 500): 240, (1500, 2000): 48}  # how many of each height and width


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


def article_example(pair, random):
    """Decode a pair in full and shrink it; turn, scale, shift and flip; change hue and value."""
    image = cv2.cvtColor(cv2.imread(pair[0]), cv2.COLOR_BGR2RGB)
    mask = cv2.imread(pair[1], cv2.IMREAD_GRAYSCALE)
    image = cv2.resize(image, (SIZE, SIZE), interpolation=cv2.INTER_AREA)
    mask = cv2.resize(mask, (SIZE, SIZE), interpolation=cv2.INTER_NEAREST)
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


def article_pass(pairs):
    """Make all batches once, an example after the other."""
    random = np.random.default_rng(0)
    for start in range(0, len(pairs), BATCH):
        examples = [article_example(pair, random) for pair in pairs[start : start + BATCH]]
        images, masks = zip(*examples, strict=True)
        np.stack(images).astype(np.float32), (np.stack(masks) > 127).astype(np.uint8)


def decode(pairs):
    """Decode files in full on all cores, and do nothing else."""

    def load(pair):
        image, mask = tf.io.read_file(pair[0]), tf.io.read_file(pair[1])
        return tf.io.decode_jpeg(image), tf.io.decode_png(mask)

    return tf.data.Dataset.from_tensor_slices(pairs).map(load, tf.data.AUTOTUNE)


def seconds_of(way):
    """Return the seconds of one pass over batches, or of a function."""
    began = time.perf_counter()
    if callable(way):
        way()
    else:
        for _ in way:
            pass
    return time.perf_counter() - began


def measure_photos(shape, count, rounds):
    """Time all ways over the same files; they take turns."""
    with tempfile.TemporaryDirectory() as folder:
        pairs = write_pairs(Path(folder), count, shape)
        data = load_folder(f"{folder}/images", f"{folder}/masks", image_size=SIZE)
        examples = data.train.concatenate(data.test)
        found = []
        for _ in range(rounds + 1):
            batches = prepare_batches(examples, SIZE, BATCH, Augmentation(), num_classes=2)
            ways = {
                "decoding alone, on all cores": decode(pairs),
                "the chair article's generator": lambda: article_pass(pairs),
                "first pass": batches,
                "later passes": batches,
            }
            found.append({name: seconds_of(way) for name, way in ways.items()})
    rate = {name: count / statistics.median(one[name] for one in found[1:]) for name in found[0]}
    label = f"{shape[1]}x{shape[0]} pairs to augmented {SIZE} px"
    return [
        Measure(f"{label}, {ours}", rate[ours], rate[against], "images/s", against)
        for ours in list(rate)[2:]
        for against in list(rate)[:2]
    ]


def measure(quick):
    """Time all ways over the same files, of either size."""
    return [
        found
        for shape, count in PHOTOS.items()
        for found in measure_photos(shape, *((16, 1) if quick else (count, 5)))
    ]

"""What the checks cost: each call with its checks, against the same call without them.

Counted are the milliseconds that the processor works, which other programs hardly change: a
difference of 1% would drown in the clock's. What an image's checks cost is said in microseconds as
well, beside a training step on one image of 128 pixels, which is what a learner waits for.
"""

import statistics
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from unittest.mock import patch

import keras
import numpy as np
import tensorflow as tf
from measures import Measure

from unetlab import confusion, losses, metrics, pipeline, plotting, prediction
from unetlab.drawn.scenes import load_shapes
from unetlab.plotting import rows
from unetlab.unet import build_plain_unet, build_unet

GOAL = 0.99  # With its checks, a call takes at most 1% longer.


def nothing(*arguments, **options):
    """Take the place of a check that says nothing."""
    return []


def same(value, *others):
    """Take the place of a check that returns what it was given."""
    return value


def all_known(ids, *others, **options):
    """Take the place of `check_ids`: no image holds an id outside the classes."""
    return keras.ops.ones([keras.ops.shape(ids)[0]], "bool")


def classes_of(mask, logits, *others):
    """Take the place of `check_mask`: as many classes as the logits know."""
    return max(2, logits.shape[-1])


# By module, what stands there for its checks.
NO_CHECKS = {
    losses: {"check_ids": all_known, "check_mask": classes_of, "_refuse": same},
    metrics: {"check_ids": all_known, "check_mask": classes_of},
    confusion: {"refuse_ids": nothing, "check_logits": same},
    pipeline: {
        "check_examples": nothing,
        "check_pair": nothing,
        "_ids_check": nothing,
        "_range_check": nothing,
        "_size_check": nothing,
    },
    prediction: {"check_image": np.asarray, "check_logits": same, "check_model": same},
    rows: {"check_names": nothing, "check_titles": nothing, "check_image": np.asarray},
}


def without(modules) -> ExitStack:
    """Take the checks out of the modules until the stack is closed."""
    stack = ExitStack()
    for module in modules:
        stack.enter_context(patch.multiple(module, **NO_CHECKS[module]))
    return stack


def compare(name: str, build: Callable, modules, rounds: int, images: int) -> Measure:
    """Measure what `build` returns, built and called with the checks and without, in turns."""
    ways = {"checked": ([], build()), "plain": (modules, None)}
    with without(modules):
        ways["plain"] = (modules, build())
    worked = {way: [] for way in ways}
    for turn in range(rounds + 1):
        for way, (left_out, call) in ways.items():
            with without(left_out):  # what is not compiled looks its checks up at each call
                began = time.process_time()
                call()
                seconds = time.process_time() - began
            if turn:  # the first call compiles, imports and fills caches
                worked[way].append(1000 * seconds)
    ours, baseline = (statistics.median(worked[way]) for way in ("checked", "plain"))
    cost = f"its checks take {1000 * (ours - baseline) / images:.0f} us an image"
    return Measure(name, ours, baseline, "ms of work", "without its checks", GOAL, cost)


def random_batch(count, size, classes):
    """Return images, masks and logits of random values."""
    random = np.random.default_rng(0)
    mask = random.integers(0, classes, [count, size, size, 1]).astype(np.uint8)
    image = random.integers(0, 256, [count, size, size, 3]).astype(np.float32)
    channels = 1 if classes == 2 else classes
    logits = random.normal(size=[*mask.shape[:3], channels]).astype(np.float32)
    return tf.constant(image), tf.constant(mask), tf.constant(logits)


def updating(metric, *batch):
    """Return a function that updates a metric inside a graph, as `fit` does."""
    metric.update_state(*batch)  # builds its variables outside of the graph
    update = tf.function(lambda *batch: metric.update_state(*batch))
    update(*batch)
    return lambda: update(*batch)


def losing(loss, mask, logits):
    """Return a function that computes a loss and its gradient inside a graph."""

    @tf.function
    def compute(mask, logits):
        with tf.GradientTape() as tape:
            tape.watch(logits)
            value = loss(mask, logits)
        return tape.gradient(value, logits)

    compute(mask, logits)
    return lambda: compute(mask, logits)


def fitting(image, mask):
    """Return a function that trains a network of notebook 01 by one step."""
    keras.utils.set_random_seed(0)
    model = build_unet("mobilenet_v2", 3, image.shape[1], weights=None)
    model.compile("adam", losses.DiceCrossEntropy(), metrics=[metrics.MeanIoU(3)])
    model.train_on_batch(image, mask)
    return lambda: model.train_on_batch(image, mask)


def feeding(as_float: bool):
    """Return a function that reads 640 examples of 256 pixels at 128."""
    examples = list(load_shapes("cars", 32, 256))
    images, masks = (np.stack(part) for part in zip(*examples, strict=True))
    images = np.float32(images) if as_float else images
    source = tf.data.Dataset.from_tensor_slices((images, masks)).repeat(20)
    batches = pipeline.prepare_batches(source, 128, num_classes=2, cache=False)
    return lambda: [None for _ in batches]


def measure_graphs(quick) -> list[Measure]:
    """Measure metrics and losses, alone and within a training step."""
    rounds, found = 5 if quick else 101, []
    for count, size, classes in ((8, 128, 3), (2, 512, 21)):
        _, mask, logits = random_batch(count, size, classes)
        label = f"for {count} images of {size} px, {classes} classes"
        found += [
            compare(
                f"MeanIoU.update_state {label}",
                lambda c=classes, m=mask, x=logits: updating(metrics.MeanIoU(c), m, x),
                [metrics, confusion],
                rounds,
                count,
            ),
            compare(
                f"DiceCrossEntropy and its gradient {label}",
                lambda m=mask, x=logits: losing(losses.DiceCrossEntropy(), m, x),
                [losses],
                rounds,
                count,
            ),
        ]
    image, mask, _ = random_batch(8, 128, 3)
    step = compare(
        "a training step, 8 images of 128 px",
        lambda: fitting(image, mask),
        [losses, metrics, confusion],
        3 if quick else 41,
        8,
    )
    return [*found, step]


def measure_calls(quick) -> list[Measure]:
    """Measure what feeds, predicts and shows."""
    rounds = 3 if quick else 21
    keras.utils.set_random_seed(0)
    network = build_plain_unet(2, 128, filters=(8, 16))
    image, mask = next(iter(load_shapes("cars", 1, (512, 768))))
    image, mask = image.numpy(), mask.numpy()
    calls: Mapping[str, tuple] = {
        "prepare_batches of 640 uint8 images, 256 to 128 px": (
            lambda: feeding(False),
            [pipeline],
            640,
        ),
        "prepare_batches of 640 float images, 256 to 128 px": (
            lambda: feeding(True),
            [pipeline],
            640,
        ),
        "predict_mask of 512x768 by a small network of 128 px": (
            lambda: lambda: prediction.predict_mask(network, image),
            [prediction, confusion],
            1,
        ),
        "show_predictions of 4 images of 512x768": (
            lambda: (
                lambda: plotting.show_predictions(
                    [image] * 4, [mask] * 4, [mask] * 4, ["background", "car"]
                )
            ),
            [rows],
            4,
        ),
    }
    return [
        compare(name, build, modules, rounds, images)
        for name, (build, modules, images) in calls.items()
    ]


def measure(quick):
    """Measure all of them; a training step is the last of the first."""
    *graphs, step = measure_graphs(quick)
    beside = f"; a training step takes {1000 * step.ours / 8:.0f} us an image"
    found = [*graphs, step, *measure_calls(quick)]
    return [one._replace(quality=one.quality + beside) for one in found]

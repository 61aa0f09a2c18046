"""From scratch or pretrained, at equal time: Dice on chairs over folds, at the photos' own size.

Usage: python tests/benchmarks/chair_folds.py [--seconds 90] [--folds 5]

Needs the real chairs (UNETLAB_DATA) for figures that mean anything; elsewhere it draws chairs. Both
networks get the same photos, the same augmentation, and the same seconds after their first step;
the pretrained one spends the last third of them with its encoder open.
"""

import argparse
import time
from functools import partial

import keras
import numpy as np
import tensorflow as tf

from unetlab.augmentation import Augmentation
from unetlab.data.articles import load_chairs
from unetlab.data.splits import k_folds
from unetlab.losses import DiceCrossEntropy
from unetlab.photo.alpha import clean_mask
from unetlab.pipeline import prepare_batches
from unetlab.prediction import average_mirrored, predict_logits
from unetlab.scores import dice
from unetlab.training import TimeBudget
from unetlab.unet import build_plain_unet, build_unet

SIZE = 256
VARIED = Augmentation(rotation=20.0, zoom=(0.9, 1.1), shift=0.0625, hue=100.0)


def fit(model, batches, seconds, learning_rate):
    """Compile and train for so many seconds; return the steps."""
    model.compile(keras.optimizers.Adam(learning_rate), DiceCrossEntropy())
    budget = TimeBudget(seconds, learning_rate)
    model.fit(batches, epochs=100_000, callbacks=[budget], verbose=0, shuffle=False)
    return int(model.optimizer.iterations)


def train_plain(batches, seconds):
    """Train the chair article's network from scratch."""
    model = build_plain_unet(2, SIZE, (32, 64, 128, 256, 512, 1024), convolutions=(2, 3))
    return model, fit(model, batches, seconds, 1e-3)


def train_pretrained(batches, seconds):
    """Train the decoder, then all."""
    model = build_unet("mobilenet_v2", 2, SIZE, decoder="resize", fold=True)
    steps = fit(model, batches, seconds * 2 / 3, 3e-3)
    model.get_layer("encoder").trainable = True
    return model, steps + fit(model, batches, seconds / 3, 3e-4)


def main():
    """Print a line for each network and fold, then means and spreads."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=90)
    parser.add_argument("--folds", type=int, default=5)
    parser.add_argument("--networks", nargs="+", default=["pretrained", "plain"])
    options = parser.parse_args()
    data = load_chairs("auto")
    examples = list(data.train.concatenate(data.test).as_numpy_iterator())
    found = {}
    for name in options.networks:
        train = {"plain": train_plain, "pretrained": train_pretrained}[name]
        for number, (known, held_out) in enumerate(k_folds(len(examples), options.folds)):
            keras.utils.set_random_seed(0)
            part = partial(iter, [examples[i] for i in known])
            specs = [tf.TensorSpec([None, None, n], tf.uint8) for n in (3, 1)]
            part = tf.data.Dataset.from_generator(part, output_signature=tuple(specs))
            batches = prepare_batches(part, SIZE, 8, VARIED, shuffle=True)
            began = time.perf_counter()
            model, steps = train(batches, options.seconds)
            seconds = time.perf_counter() - began
            scores = []
            for i in held_out:
                image, mask = examples[i]
                raw = np.uint8(average_mirrored(partial(predict_logits, model), image) > 0)
                scores.append((dice(mask, raw), dice(mask, clean_mask(raw))))
            found.setdefault(name, []).append(np.mean(scores, axis=0))
            raw, cleaned = found[name][-1]
            print(
                f"{name:10} fold {number}: {steps:5} steps in {seconds:4.0f} s, Dice {raw:.4f}, "
                f"cleaned {cleaned:.4f}",
                flush=True,
            )
    for name, scores in found.items():
        (raw, cleaned), spread = np.mean(scores, axis=0), np.std(scores, axis=0, ddof=1)
        print(
            f"{name:10} Dice {raw:.4f} +- {spread[0]:.4f}, cleaned {cleaned:.4f} +- {spread[1]:.4f}"
        )


if __name__ == "__main__":
    main()

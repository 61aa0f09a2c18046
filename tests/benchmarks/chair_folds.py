"""From scratch or pretrained, at equal time: Dice on chairs over folds, at the photos' own size.

Usage: python tests/benchmarks/chair_folds.py [--seconds 90] [--folds 5]

Needs the real chairs (UNETLAB_DATA) for figures that mean anything; elsewhere it draws chairs. Both
networks get the same photos, the same augmentation, and the same seconds after their first step;
the pretrained one spends the last third of them with its encoder open.
"""

import argparse
from functools import partial

import keras
import numpy as np
import tensorflow as tf

from unetlab import (
    Augmentation,
    DiceCrossEntropy,
    TimeBudget,
    average_mirrored,
    build_encoder,
    build_plain_unet,
    build_unet,
    dice,
    fold_batch_norms,
    k_folds,
    load_chairs,
    predict_logits,
    prepare_batches,
)

SIZE = 256
VARIED = Augmentation(rotation=20.0, zoom=(0.9, 1.1), shift=0.0625, hue=100.0)
SPECS = tuple(tf.TensorSpec([None, None, channels], tf.uint8) for channels in (3, 1))


def fit(model, batches, seconds, learning_rate):
    """Compile and train for so many seconds."""
    model.compile(keras.optimizers.Adam(learning_rate), DiceCrossEntropy())
    budget = TimeBudget(seconds, learning_rate)
    model.fit(batches, epochs=100_000, callbacks=[budget], verbose=0, shuffle=False)


def train_plain(batches, seconds):
    """Train the chair article's network from scratch."""
    model = build_plain_unet(2, SIZE, (32, 64, 128, 256, 512, 1024), convolutions=(2, 3))
    fit(model, batches, seconds, 1e-3)
    return model


def train_pretrained(batches, seconds):
    """Train the decoder, then all."""
    encoder = fold_batch_norms(build_encoder("mobilenet_v2", SIZE))
    model = build_unet(encoder, 2, SIZE, decoder="resize")
    fit(model, batches, seconds * 2 / 3, 3e-3)
    model.get_layer("encoder").trainable = True
    fit(model, batches, seconds / 3, 3e-4)
    return model


def main():
    """Print a line for each network: the mean over the folds, and their spread."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=90)
    parser.add_argument("--folds", type=int, default=5)
    options = parser.parse_args()
    data = load_chairs("auto")
    examples = list(data.train.concatenate(data.test).as_numpy_iterator())
    for name, train in (("pretrained", train_pretrained), ("plain", train_plain)):
        found = []
        for known, held_out in k_folds(len(examples), options.folds):
            keras.utils.set_random_seed(0)
            part = partial(iter, [examples[i] for i in known])
            part = tf.data.Dataset.from_generator(part, output_signature=SPECS)
            model = train(prepare_batches(part, SIZE, 8, VARIED, shuffle=True), options.seconds)
            look = partial(average_mirrored, partial(predict_logits, model))
            pairs = (examples[i] for i in held_out)
            found.append(np.mean([dice(mask, np.uint8(look(image) > 0)) for image, mask in pairs]))
        print(f"{name:10} Dice {np.mean(found):.4f} +- {np.std(found, ddof=1):.4f}", flush=True)


if __name__ == "__main__":
    main()

"""Train a small U-Net together with other workers, or alone; print what came of it as JSON.

Usage: python tests/two_workers.py [INDEX PORT PORT]

Keras 3's `fit` does not take MultiWorkerMirroredStrategy: before the first step it averages a batch
over the replicas, which this strategy refuses. The loop below does what `fit` would do. Model, loss
and optimizer are plain Keras; the optimizer adds up the workers' gradients by itself.
"""

import json
import os
import sys

import keras
import tensorflow as tf

from unetlab.drawn.scenes import load_shapes
from unetlab.losses import DiceCrossEntropy
from unetlab.unet import build_plain_unet

COUNT, BATCH_SIZE, EPOCHS = 16, 8, 3


def join(index: int, ports: list[str]) -> tf.distribute.Strategy:
    """Become one of the workers at these ports of this machine."""
    addresses = [f"127.0.0.1:{port}" for port in ports]
    task = {"type": "worker", "index": index}
    os.environ["TF_CONFIG"] = json.dumps({"cluster": {"worker": addresses}, "task": task})
    return tf.distribute.MultiWorkerMirroredStrategy()


def train(strategy: tf.distribute.Strategy) -> dict:
    """Train for a few epochs; return each epoch's loss and each weight's sum of absolute values."""
    keras.utils.set_random_seed(0)
    with strategy.scope():
        model = build_plain_unet(image_size=32, filters=(4, 8))
        freeze_statistics(model)
        optimizer = keras.optimizers.Adam(1e-2)
        optimizer.build(model.trainable_variables)
        loss = DiceCrossEntropy(reduction="sum")

    def step(image, mask):
        with tf.GradientTape() as tape:
            # Divided by the images of all workers: added up, their parts give the batch's mean.
            value = loss(mask, model(image, training=True)) / BATCH_SIZE
        gradients = tape.gradient(value, model.trainable_variables)
        optimizer.apply(gradients, model.trainable_variables)
        return value

    @tf.function
    def step_together(image, mask):
        return strategy.reduce("SUM", strategy.run(step, (image, mask)), axis=None)

    batches = load_shapes("cars", COUNT, 32).batch(BATCH_SIZE)
    batches = strategy.experimental_distribute_dataset(batches)
    losses = []
    for _ in range(EPOCHS):
        parts = [float(step_together(image, mask)) for image, mask in batches]
        losses.append(sum(parts) / len(parts))
    return {"losses": losses, "weights": [float(abs(w).sum()) for w in model.get_weights()]}


def freeze_statistics(model: keras.Model) -> None:
    """Keep batch norms from using the statistics of a worker's own half of a batch."""
    for layer in model.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.trainable = False


if __name__ == "__main__":
    arguments = sys.argv[1:]
    alone = tf.distribute.get_strategy()
    print(json.dumps(train(join(int(arguments[0]), arguments[1:]) if arguments else alone)))

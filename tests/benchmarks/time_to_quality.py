"""How soon notebook 01's training reaches what TensorFlow's segmentation tutorial ends with.

Trains the tutorial's recipe, written afresh, then notebook 01's on the same pets in the same
process, and judges both on the test photos after each epoch; judging is not timed. Real pets where
TFDS has them prepared, else the sample.
"""

import math
import time

import keras
import tensorflow as tf
from keras import layers
from measures import Measure

from unetlab import (
    DECODERS,
    Augmentation,
    DiceCrossEntropy,
    MeanIoU,
    build_encoder,
    build_unet,
    load_pets,
    prepare_batches,
)

SIZE, CLASSES = 128, 3


class Judge(keras.callbacks.Callback):
    """After each epoch, stop the clock and measure mean IoU on the test batches."""

    def __init__(self, test):
        super().__init__()
        self.test, self.seconds, self.points = test, 0.0, []

    def on_epoch_begin(self, epoch, logs=None):
        """Start the clock."""
        self.began = time.perf_counter()

    def on_epoch_end(self, epoch, logs=None):
        """Stop the clock and judge."""
        self.seconds += time.perf_counter() - self.began
        metric = MeanIoU(CLASSES)
        for image, mask in self.test:
            metric.update_state(mask, self.model.predict_on_batch(image))
        self.points.append((self.seconds, float(metric.result())))
        print(f"  epoch {epoch + 1:2}  {self.seconds:6.1f} s  {self.points[-1][1]:.3f}", flush=True)


def fit(model, train, test, epochs):
    """Train and return (seconds, mean IoU) after each epoch."""
    judge = Judge(test)
    model.fit(train, epochs=epochs, callbacks=[judge], verbose=0, shuffle=False)
    return judge.points


def tutorial_batches(examples, batch_size, flip):
    """Resize, scale to 0..1, cache, shuffle, and flip image and mask, as the tutorial does."""

    def load(image, mask):
        image = tf.image.resize(image, [SIZE, SIZE]) / 255
        return image, tf.image.resize(mask, [SIZE, SIZE], method="nearest")

    # One coin for both; the tutorial's two seeded layers fall out of step in parallel.
    flip_both = layers.RandomFlip("horizontal", seed=42)

    def turn(image, mask):
        pair = flip_both({"images": image, "segmentation_masks": mask}, training=True)
        return pair["images"], tf.cast(pair["segmentation_masks"], tf.uint8)

    batches = examples.map(load, num_parallel_calls=tf.data.AUTOTUNE).cache()
    batches = batches.shuffle(1000, seed=0) if flip else batches
    batches = batches.batch(batch_size)
    return (batches.map(turn) if flip else batches).prefetch(tf.data.AUTOTUNE)


def train_tutorial(data, epochs):
    """Train the tutorial's network by its recipe: 0..1 images, batches of 64, Adam at 1e-3."""
    encoder = build_encoder("mobilenet_v2", SIZE)
    encoder.trainable = False
    image = keras.Input([SIZE, SIZE, 3])
    # Ours takes 0..255 to -1..1; the tutorial's network gets its 0..1 as they are.
    taps = encoder(layers.Rescaling(127.5, offset=127.5)(image))
    row = DECODERS["pix2pix"]
    model = keras.Model(image, row.decode(taps, CLASSES, row.filters))
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile("adam", loss, metrics=["accuracy"])
    test = tutorial_batches(data.test, 32, flip=False)
    return fit(model, tutorial_batches(data.train, 64, flip=True), test, epochs)


def train_notebook(data, epochs):
    """Train as notebook 01 does with its full settings."""
    train = prepare_batches(data.train, SIZE, 8, Augmentation(), shuffle=True)
    model = build_unet("mobilenet_v2", CLASSES, SIZE, decoder="resize")
    steps = epochs * len(train)
    schedule = keras.optimizers.schedules.CosineDecay(
        1e-4, steps, warmup_target=3e-3, warmup_steps=steps // 20
    )
    model.compile(keras.optimizers.Adam(schedule), DiceCrossEntropy())
    model.optimizer.build(model.trainable_variables)
    return fit(model, train, prepare_batches(data.test, SIZE, 32), epochs)


def measure(quick):
    """Train by the tutorial's recipe and by notebook 01's."""
    keras.utils.set_random_seed(0)
    data = load_pets("sample", (32, 16)) if quick else load_pets()
    print(f"{data.source}\nthe tutorial's recipe")
    tutorial = train_tutorial(data, 2 if quick else 20)
    print("notebook 01's recipe")
    notebook = train_notebook(data, 2 if quick else 16)
    seconds, goal = tutorial[-1]
    # Where it is never reached, the ratio is 0 and the quality says so.
    reached = next((point[0] for point in notebook if point[1] >= goal), math.inf)
    first = next(point[0] for point in tutorial if point[1] >= goal)
    label = f"seconds to the tutorial's final mean IoU of {goal:.3f}"
    ended = f"in the end {notebook[-1][1]:.3f} after {notebook[-1][0]:.0f} s"
    return [
        Measure(label, reached, seconds, "s", "the tutorial's 20 epochs", ended),
        Measure(label, reached, first, "s", "the first time it gets there", ended),
    ]

"""How soon notebook 01's training reaches what TensorFlow's segmentation tutorial ends with.

Trains the tutorial's recipe, written afresh, then notebook 01's on the same pets in the same
process, and judges both on the test photos after each epoch; judging is not timed. Real pets where
TFDS has them prepared, else the sample.
"""

import time

import keras
import tensorflow as tf

from unetlab.augmentation import Augmentation
from unetlab.decoders import decode_pix2pix
from unetlab.encoders import ENCODERS
from unetlab.losses import DiceCrossEntropy
from unetlab.metrics import MeanIoU
from unetlab.pipeline import prepare_batches
from unetlab.unet import build_unet

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


def tutorial_batches(examples, batch_size, flip):
    """Resize, scale to 0..1, cache, shuffle, and flip image and mask, as the tutorial does."""

    def load(image, mask):
        image = tf.image.resize(image, [SIZE, SIZE]) / 255
        return image, tf.image.resize(mask, [SIZE, SIZE], method="nearest")

    batches = examples.map(load, num_parallel_calls=tf.data.AUTOTUNE).cache()
    if flip:
        batches = batches.shuffle(1000, seed=0)
    batches = batches.batch(batch_size)
    if flip:
        # One coin for both; the tutorial's two seeded layers fall out of step in parallel.
        flip_both = keras.layers.RandomFlip("horizontal", seed=42)
        batches = batches.map(
            lambda image, mask: tuple(
                flip_both({"images": image, "segmentation_masks": mask}, training=True).values()
            )
        ).map(lambda image, mask: (image, tf.cast(mask, tf.uint8)))
    return batches.prefetch(tf.data.AUTOTUNE)


def train_tutorial(data, epochs):
    """Train the tutorial's network by its recipe: 0..1 images, batches of 64, Adam at 1e-3."""
    test = tutorial_batches(data.test, 32, flip=False)
    backbone = keras.applications.MobileNetV2(input_shape=[SIZE, SIZE, 3], include_top=False)
    taps = [backbone.get_layer(name).output for name in ENCODERS["mobilenet_v2"].taps]
    encoder = keras.Model(backbone.input, taps)
    encoder.trainable = False
    image = keras.Input([SIZE, SIZE, 3])
    logits = decode_pix2pix(encoder(image), CLASSES, (512, 256, 128, 64))
    model = keras.Model(image, logits)
    model.compile(
        "adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True), metrics=["accuracy"]
    )
    return fit(model, tutorial_batches(data.train, 64, flip=True), test, epochs)


def train_notebook(data, epochs):
    """Train as notebook 01 does with its full settings."""
    train = prepare_batches(data.train, SIZE, 8, Augmentation(), shuffle=True)
    model = build_unet("mobilenet_v2", CLASSES, SIZE, decoder="resize")
    steps = epochs * len(train)
    schedule = keras.optimizers.schedules.CosineDecay(
        1e-4, steps, warmup_target=3e-3, warmup_steps=steps // 20
    )
    model.compile(keras.optimizers.Adam(schedule), DiceCrossEntropy(), metrics=[MeanIoU(CLASSES)])
    return fit(model, train, prepare_batches(data.test, SIZE, 32), epochs)


def fit(model, train, test, epochs):
    """Train and return (seconds, mean IoU) after each epoch."""
    judge = Judge(test)
    model.fit(train, epochs=epochs, callbacks=[judge], verbose=0, shuffle=False)
    return judge.points

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
    TimeBudget,
    build_encoder,
    build_unet,
    fold_batch_norms,
    load_pets,
    prepare_batches,
    quickest_policy,
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


def build_enlarged():
    """Build a U-Net whose encoder sees the image at twice its size.

    The photos bring no more detail, but the encoder learned at 224 pixels, and knows parts of pets
    at about that size. Its map at half of the enlarged image is as large as the image: left out.
    """
    keras.config.set_dtype_policy(quickest_policy())
    encoder = fold_batch_norms(build_encoder("mobilenet_v2", 2 * SIZE))
    image = keras.Input([SIZE, SIZE, 3])
    enlarge = layers.UpSampling2D(interpolation="bilinear", dtype="float32")
    row = DECODERS["resize"]
    logits = row.decode(encoder(enlarge(image))[1:], CLASSES, row.filters[:-1])
    keras.config.set_dtype_policy("float32")
    return keras.Model(image, logits)


def train_enlarged(data, seconds):
    """Train the enlarged network for so many seconds; return mean IoU, plain and mirrored."""
    train = prepare_batches(data.train, SIZE, 8, Augmentation(), shuffle=True)
    model = build_enlarged()
    model.compile(keras.optimizers.Adam(3e-3), DiceCrossEntropy())
    budget = TimeBudget(seconds, 3e-3)
    model.fit(train, epochs=10_000, callbacks=[budget], verbose=0, shuffle=False)
    plain, mirrored = MeanIoU(CLASSES), MeanIoU(CLASSES)
    for image, mask in prepare_batches(data.test, SIZE, 32):
        logits = model.predict_on_batch(image)
        other = model.predict_on_batch(image[:, :, ::-1])[:, :, ::-1]
        plain.update_state(mask, logits)
        mirrored.update_state(mask, (logits + other) / 2)
    return float(plain.result()), float(mirrored.result())


def measure(quick):
    """Train by the tutorial's recipe, by notebook 01's, and by the best for the same seconds."""
    keras.utils.set_random_seed(0)
    data = load_pets("sample", (32, 16)) if quick else load_pets()
    print(f"{data.source}\nthe tutorial's recipe")
    tutorial = train_tutorial(data, 2 if quick else 20)
    print("notebook 01's recipe")
    notebook = train_notebook(data, 2 if quick else 16)
    seconds, goal = tutorial[-1]
    best = max(mean_iou for _, mean_iou in tutorial)
    # Where it is never reached, the ratio is 0 and the quality says so.
    reached = next((point[0] for point in notebook if point[1] >= goal), math.inf)
    first = next(point[0] for point in tutorial if point[1] >= goal)
    label = f"seconds to the tutorial's final mean IoU of {goal:.3f}"
    ended = f"in the end {notebook[-1][1]:.3f} after {notebook[-1][0]:.0f} s"
    against = f"the tutorial's final {goal:.3f}, best {best:.3f}"
    enlarged = f"mean IoU of the enlarged image within {seconds:.0f} s"
    plain, mirrored = train_enlarged(data, seconds)
    return [
        Measure(label, reached, seconds, "s", "the tutorial's 20 epochs", ended),
        Measure(label, reached, first, "s", "the first time it gets there", ended),
        Measure(f"{enlarged}, one look", plain, goal, "mean IoU", against),
        Measure(f"{enlarged}, with the mirror image", mirrored, goal, "mean IoU", against),
    ]

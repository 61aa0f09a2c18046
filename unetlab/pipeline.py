"""The pipeline: from single examples to batches that `fit` takes.

Taught in: notebooks/01_pets_segmentation.ipynb
"""

from collections.abc import Sequence

import tensorflow as tf

from unetlab.augmentation import Augmentation, augment
from unetlab.checks import check_examples, height_and_width


def resize_example(image, mask, image_size: int | tuple[int, int]):
    """Bring one example to one size: the image smoothly, the mask without inventing labels.

    Args:
        image: uint8 [H, W, 3], 0..255.
        mask: integer [H, W, 1], class ids from 0.
        image_size: height and width in pixels, or one number for both.

    Returns:
        Image uint8 [height, width, 3] and mask of the given dtype [height, width, 1].

    Example:
        >>> image, mask = tf.zeros([9, 7, 3], tf.uint8), tf.ones([9, 7, 1], tf.uint8)
        >>> resize_example(image, mask, 4)[0].shape
        TensorShape([4, 4, 3])
    """
    size = height_and_width(image_size)
    image = tf.image.resize(image, size, antialias=True)
    mask = tf.image.resize(mask, size, method="nearest")
    # uint8 takes a quarter of float32's place in the cache.
    return tf.cast(tf.round(tf.clip_by_value(image, 0, 255)), tf.uint8), mask


def prepare_batches(
    examples: tf.data.Dataset,
    image_size: int | tuple[int, int],
    batch_size: int = 16,
    augmentation: Augmentation | None = None,
    class_weights: Sequence[float] | None = None,
    num_classes: int | None = None,
    shuffle: bool = False,
    cache: bool | str = True,
    seed: int = 0,
) -> tf.data.Dataset:
    """Turn examples into batches: resize, cache, shuffle, augment, weigh, prefetch.

    The same seed gives the same batches in the same order, epoch by epoch, whatever the
    parallelism: each batch is augmented from a seed of its own, drawn in the batches' order.

    Args:
        examples: elements (image uint8 [H, W, 3], mask integer [H, W, 1]), of any sizes.
        image_size: height and width in pixels, or one number for both.
        batch_size: images in a batch; the last one may hold fewer.
        augmentation: ranges of the random changes; None for none.
        class_weights: one weight for each class; adds a third part to each batch, the
            `sample_weight` of `fit`: each pixel's weight, float32 [B, H, W].
        num_classes: where given, a mask with an id outside the classes ends the run with an error.
        shuffle: whether to draw a new order for each epoch.
        cache: keep the resized examples in memory (True), in a file of that name (a string), or
            nowhere (False). An example takes `4 * height * width` bytes.
        seed: seed of the order and of the augmentation.

    Returns:
        Batches (image float32 [B, height, width, 3] in 0..255, mask integer [B, height, width, 1])
        with the weights third where asked for.

    Raises:
        ValueError: the examples are not (image, mask) of these dtypes and shapes.
        tf.errors.InvalidArgumentError: while iterating: an image and its mask differ in size, or
            a mask holds an id outside the classes.

    Example:
        >>> from unetlab.drawn.scenes import load_shapes
        >>> batches = prepare_batches(load_shapes("cars", 5, 64), 32, batch_size=2)
        >>> [image.shape[0] for image, mask in batches]
        [2, 2, 1]
    """
    check_examples(examples)
    if class_weights is not None:
        num_classes = num_classes or len(class_weights)

    def resize(image, mask):
        with tf.control_dependencies(_assertions(image, mask, num_classes)):
            return resize_example(image, mask, image_size)

    batches = examples.map(resize, num_parallel_calls=tf.data.AUTOTUNE)
    if cache:
        batches = batches.cache("" if cache is True else cache)
    if shuffle:
        batches = batches.shuffle(1000, seed=seed)
    batches = batches.batch(batch_size)
    seeds = tf.data.Dataset.random(seed=seed, rerandomize_each_iteration=True).batch(2)

    def finish(batch, batch_seed):
        image, mask = batch
        if augmentation is not None:
            image, mask = augment(image, mask, batch_seed, augmentation)
        image = tf.cast(image, tf.float32)
        if class_weights is None:
            return image, mask
        return (
            image,
            mask,
            tf.gather(tf.constant(class_weights, tf.float32), tf.cast(mask[..., 0], tf.int32)),
        )

    batches = tf.data.Dataset.zip((batches, seeds))
    batches = batches.map(finish, num_parallel_calls=tf.data.AUTOTUNE).prefetch(tf.data.AUTOTUNE)
    return batches.with_options(_without_tuner())


def _without_tuner() -> tf.data.Options:
    # The tuner measures the pipeline in rounds whose distance doubles from 10 ms on, and the end of
    # an epoch can wait for the next round: seen with TensorFlow 2.21, 6 seconds of steps took 10.
    # All cores are used without it, too.
    options = tf.data.Options()
    options.autotune.enabled = False
    return options


def _assertions(image, mask, num_classes):
    checks = [
        tf.debugging.assert_equal(
            tf.shape(image)[:2],
            tf.shape(mask)[:2],
            "an image and its mask differ in height or width; pair the files again or resize the "
            "mask by nearest neighbour.",
        )
    ]
    if num_classes is not None:
        checks.append(
            tf.debugging.assert_less(
                tf.reduce_max(tf.cast(mask, tf.int32)),
                num_classes,
                f"a mask holds a class id outside 0..{num_classes - 1}; subtract the first id, or "
                "map 0/255 to 0/1, before batching.",
            )
        )
    return [check for check in checks if check is not None]

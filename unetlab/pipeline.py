"""The pipeline: from single examples to batches that `fit` takes."""

from collections.abc import Sequence

import tensorflow as tf

from unetlab.augmentation import Augmentation, augment
from unetlab.checks import check_example, height_and_width


def resize_example(image, mask, image_size: int | tuple[int, int]):
    """Bring one example to one size: the image smoothly, the mask without inventing labels.

    Args:
        image: uint8 or float [H, W, 3], 0..255.
        mask: integer [H, W, 1], class ids from 0.
        image_size: height and width in pixels, or one number for both.

    Returns:
        Image uint8 [height, width, 3] and mask of the given dtype [height, width, 1].

    Raises:
        ValueError: they are not of these dtypes, shapes and ranges, or differ in size.

    Example:
        >>> image, mask = tf.zeros([9, 7, 3], tf.uint8), tf.ones([9, 7, 1], tf.uint8)
        >>> resize_example(image, mask, 4)[0].shape
        TensorShape([4, 4, 3])
    """
    image, mask = tf.convert_to_tensor(image), tf.convert_to_tensor(mask)
    check_example(image, mask)
    return _resize(image, mask, height_and_width(image_size))


def _resize(image, mask, size: tuple[int, int]):
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
    ignore_class: int | None = None,
    shuffle: bool = False,
    cache: bool = True,
    seed: int = 0,
) -> tf.data.Dataset:
    """Turn examples into batches: resize, cache, shuffle, augment, weigh, prefetch.

    The same examples and the same seed give the same batches in the same order, epoch by epoch,
    whatever the global seed and the parallelism: each batch is augmented from a seed of its own,
    drawn in the batches' order.

    Args:
        examples: elements (image uint8 or float [H, W, 3] in 0..255, mask integer [H, W, 1]), of
            any sizes.
        image_size: height and width in pixels, or one number for both.
        batch_size: images in a batch; the last one may hold fewer.
        augmentation: ranges of the random changes; None for none.
        class_weights: one weight for each class; adds a third part to each batch, the
            `sample_weight` of `fit`: each pixel's weight, float32 [B, H, W].
        num_classes: a mask with an id outside the classes ends the run with an error here, not
            only in the loss.
        ignore_class: the id that marks void, which may lie outside the classes; its weight is 0.
            Without weights it stays in the mask, for losses and metrics that ignore it too.
        shuffle: whether to draw a new order for each epoch.
        cache: whether to keep the resized examples in memory, `4 * height * width` bytes each.
        seed: seed of the order and of the augmentation.

    Returns:
        Batches (image float32 [B, height, width, 3] in 0..255, mask integer [B, height, width, 1]),
        with the weights third where asked for.

    Raises:
        ValueError: the examples are of other shapes or dtypes, there are none, or the weights are
            not one for each class.
        tf.errors.InvalidArgumentError: while iterating: an image and its mask differ in size, a
            float image is not in 0..255, or a mask holds an id outside the classes.

    Example:
        >>> from unetlab.drawn.scenes import load_shapes
        >>> batches = prepare_batches(load_shapes("cars", 5, 64), 32, batch_size=2)
        >>> [image.shape[0] for image, mask in batches]
        [2, 2, 1]
    """
    if hasattr(examples, "train"):
        raise ValueError("examples is all of the data, expected a part of it: pass data.train.")
    if examples.cardinality() == 0:
        raise ValueError("there are no examples, expected one or more: look at what was taken.")
    if class_weights is not None:
        num_classes = num_classes or len(class_weights)
        if len(class_weights) != num_classes:
            raise ValueError(
                f"class_weights is {class_weights!r}, expected {num_classes} numbers: give one "
                "weight for each class."
            )
    size = height_and_width(image_size)

    @tf.autograph.experimental.do_not_convert  # it would wrap what is raised in many lines
    def resize(image, mask):
        check_example(image, mask, num_classes, ignore_class)
        return _resize(image, mask, size)

    def finish(batch, batch_seed):
        image, mask = batch
        if augmentation is not None:
            image, mask = augment(image, mask, batch_seed, augmentation)
        image = tf.cast(image, tf.float32)
        if class_weights is None:
            return image, mask
        return image, mask, _pixel_weights(mask, class_weights, ignore_class)

    batches = examples.map(resize, num_parallel_calls=tf.data.AUTOTUNE)
    batches = batches.cache() if cache else batches
    batches = (_shuffled(batches, seed) if shuffle else batches).batch(batch_size)
    batches = tf.data.Dataset.zip((batches, _draw_seeds(seed)))
    batches = batches.map(finish, num_parallel_calls=tf.data.AUTOTUNE).prefetch(tf.data.AUTOTUNE)
    return batches.with_options(_in_order_without_tuner())


def _in_order_without_tuner() -> tf.data.Options:
    # The tuner measures the pipeline in rounds whose distance doubles from 10 ms on, and the end of
    # an epoch can wait for the next round: seen with TensorFlow 2.21, 6 seconds of steps took 10.
    # All cores are used without it, too.
    options = tf.data.Options()
    options.autotune.enabled = False
    # Loaders may have given up the order for speed; the seed's promise needs it.
    options.deterministic = True
    return options


def _draw_seeds(seed: int) -> tf.data.Dataset:
    # Every iteration goes on where the last one ended: endless pairs, new ones for each epoch.
    # tf.data mixes the program's global seed into its own seeds. Within a graph, set_seed sets that
    # graph's alone: the program's neither counts nor changes.
    def draw():
        tf.random.set_seed(1)
        return tf.data.Dataset.random(seed=seed, rerandomize_each_iteration=True).batch(2)

    # A concrete function is a graph even where the program runs its functions eagerly.
    return tf.function(draw).get_concrete_function()()


def _shuffled(examples: tf.data.Dataset, seed: int) -> tf.data.Dataset:
    def shuffle(epoch_seed):
        tf.random.set_seed(1)  # of this graph alone, as above
        return examples.shuffle(1000, seed=epoch_seed[0], reshuffle_each_iteration=False)

    shuffled = _draw_seeds(seed).take(1).flat_map(shuffle)
    # What flat_map returns has lost its length.
    count = examples.cardinality()
    if count < 0:  # unknown, or without end
        return shuffled
    return shuffled.apply(tf.data.experimental.assert_cardinality(count))


def _pixel_weights(mask, class_weights: Sequence[float], ignore_class: int | None):
    ids = tf.cast(mask[..., 0], tf.int32)
    void = tf.zeros_like(ids, tf.bool) if ignore_class is None else ids == ignore_class
    weights = tf.gather(tf.constant(class_weights, tf.float32), tf.where(void, 0, ids))
    return tf.where(void, 0.0, weights)

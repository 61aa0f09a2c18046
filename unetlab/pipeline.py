"""The pipeline: from single examples to batches that `fit` takes.

Taught in: notebooks/01_pets_segmentation.ipynb
"""

import os
import shutil
import tempfile
import weakref
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import tensorflow as tf

from unetlab.arguments import check_count, check_flag, check_seed
from unetlab.augmentation import Augmentation, augment, check_augmentation
from unetlab.batch_checks import check_ignored
from unetlab.checks import count_logits, height_and_width, is_range_of_image
from unetlab.example_checks import check_examples, check_pair


def resize_example(image, mask, image_size: int | tuple[int, int]):
    """Bring one example to one size: the image smoothly, the mask without inventing labels.

    Args:
        image: uint8 or float [H, W, 3], 0..255.
        mask: integer [H, W, 1], class ids from 0.
        image_size: height and width in pixels, or one number for both.

    Returns:
        Image uint8 [height, width, 3] and mask of the given dtype [height, width, 1].

    Raises:
        ValueError: they are not of these dtypes and shapes.
        tf.errors.InvalidArgumentError: a float image is not in 0..255, or the mask is not of the
            image's height and width.

    Example:
        >>> image, mask = tf.zeros([9, 7, 3], tf.uint8), tf.ones([9, 7, 1], tf.uint8)
        >>> resize_example(image, mask, 4)[0].shape
        TensorShape([4, 4, 3])
    """
    size = height_and_width(image_size)
    image, mask = tf.convert_to_tensor(image), tf.convert_to_tensor(mask)
    check_pair(image, mask)
    return _resize(image, mask, size, ())


def _resize(image, mask, size: tuple[int, int], checks: Sequence):
    with tf.control_dependencies(
        _assert_all([*checks, *_range_check(image), *_size_check(image, mask)])
    ):
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
    cache: bool | str | os.PathLike = True,
    seed: int = 0,
    names: bool = False,
) -> tf.data.Dataset:
    """Turn examples into batches: resize, cache, shuffle, augment, weigh, prefetch.

    The same examples and the same seed give the same batches in the same order, epoch by epoch,
    whatever the global seed and the parallelism: each batch is augmented from a seed of its own,
    drawn in the batches' order.

    Args:
        examples: elements (image uint8 or float [H, W, 3] in 0..255, mask integer [H, W, 1]), of
            any sizes; or (image, mask, name), as `with_names` gives them.
        image_size: height and width in pixels, or one number for both.
        batch_size: images in a batch; the last one may hold fewer.
        augmentation: ranges of the random changes; None for none.
        class_weights: one weight for each class; adds a third part to each batch, the
            `sample_weight` of `fit`: each pixel's weight, float32 [B, H, W].
        num_classes: a mask with an id outside the classes ends the run with an error; where not
            given, the number of weights, and without weights only ids below 0 are refused.
        ignore_class: the id that marks void, which may lie outside the classes; its weight is 0.
            Without weights it stays in the mask, for losses and metrics that ignore it too.
        shuffle: whether to draw a new order for each epoch.
        cache: keep the resized examples in memory (True), on disk in a folder whose path begins
            so (a path), or nowhere (False). An example takes `4 * height * width` bytes. Each
            call makes a folder of its own, which goes with the batches: no call reads another's.
        seed: seed of the order and of the augmentation.
        names: whether the examples' names stay, as a third part of each batch, text [B]: for a
            loop that looks at the images, not for `fit`, which would take them for weights and
            fail. Without, they are dropped.

    Returns:
        Batches (image float32 [B, height, width, 3] in 0..255, mask integer [B, height, width, 1])
        with the weights or the names third where asked for.

    Raises:
        ValueError: the examples are not (image, mask) of these dtypes and shapes, the weights are
            not one for each class, or names are asked for beside weights or where there are none.
        tf.errors.InvalidArgumentError: while iterating: an image and its mask differ in size, a
            float image is not in 0..255, a mask holds an id outside the classes, or there is no
            example at all.

    Example:
        >>> from unetlab.drawn.scenes import load_shapes
        >>> batches = prepare_batches(load_shapes("cars", 5, 64), 32, batch_size=2)
        >>> [image.shape[0] for image, mask in batches]
        [2, 2, 1]
    """
    check_examples(examples)
    size = height_and_width(image_size)
    check_count("batch_size", batch_size)
    check_flag("shuffle", shuffle)
    _check_names(names, examples.element_spec, class_weights)
    check_seed(seed)
    check_ignored(ignore_class)
    _check_cache(cache)
    if augmentation is not None:
        check_augmentation(augmentation)
    if class_weights is not None:
        class_weights = _read_weights(class_weights, num_classes)
        num_classes = len(class_weights)
    if num_classes is not None:
        count_logits(num_classes)

    def resize(image, mask, *name):
        checks = _ids_check(mask, num_classes, ignore_class)
        return *_resize(image, mask, size, checks), *(name if names else ())

    _check_some(examples)
    batches = examples.map(resize, num_parallel_calls=tf.data.AUTOTUNE)
    batches = _cached(batches, cache) if cache else batches
    batches = (_shuffled(batches, seed) if shuffle else batches).batch(batch_size)
    if examples.cardinality() == tf.data.UNKNOWN_CARDINALITY:
        batches = _assert_some(batches)

    def finish(batch, batch_seed):
        image, mask, *name = batch
        if augmentation is not None:
            image, mask = augment(image, mask, batch_seed, augmentation)
        image = tf.cast(image, tf.float32)
        if class_weights is None:
            return image, mask, *name
        return image, mask, _pixel_weights(mask, class_weights, ignore_class)

    batches = tf.data.Dataset.zip((batches, _draw_seeds(seed)))
    batches = batches.map(finish, num_parallel_calls=tf.data.AUTOTUNE).prefetch(tf.data.AUTOTUNE)
    return batches.with_options(_in_order_without_tuner())


def _check_cache(cache) -> None:
    # An empty path would be no cache, and 1 no path.
    if not isinstance(cache, (bool, np.bool, str, os.PathLike)) or cache == "":
        raise ValueError(
            f"cache is {cache!r}, expected True, False or the beginning of a path: give "
            '"build/cache" to keep the examples on disk.'
        )


def _check_names(names, spec, class_weights) -> None:
    check_flag("names", names)
    if names and class_weights is not None:
        raise ValueError(
            "names and class_weights are both asked for, expected one of them as the third part "
            "of a batch: leave out the names to train, or the weights to look."
        )
    if names and len(spec) < 3:
        raise ValueError(
            "names is True and the examples are (image, mask) alone, expected (image, mask, name): "
            'pass data.with_names("train").'
        )


NO_EXAMPLES = (
    "the examples are none, expected one or more: look at what was taken, skipped or filtered "
    "before."
)


def _check_some(examples: tf.data.Dataset) -> None:
    # What has been filtered does not know its length: that is asked when it is read.
    if examples.cardinality() == 0:
        raise ValueError(NO_EXAMPLES)


def _assert_some(batches: tf.data.Dataset) -> tf.data.Dataset:
    # An empty batch marks the end; there, the batches are counted.
    spec = batches.element_spec
    end = [tf.zeros([side or 0 for side in part.shape], part.dtype) if part.dtype != tf.string
           else tf.constant([], tf.string) for part in spec]  # fmt: skip

    def count(seen, batch):
        size = tf.shape(batch[0])[0]
        some = (size > 0) | (seen > 0)
        with tf.control_dependencies(_assert_all([(some, NO_EXAMPLES, tuple)])):
            return seen + tf.cast(size, tf.int64), batch

    marked = batches.concatenate(tf.data.Dataset.from_tensors(tuple(end)))
    counted = marked.scan(tf.constant(0, tf.int64), count)
    return counted.filter(lambda *batch: tf.shape(batch[0])[0] > 0)


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


def _cached(examples: tf.data.Dataset, cache: bool | str | os.PathLike) -> tf.data.Dataset:
    if cache is True:
        return examples.cache()
    # Nothing cheap tells two data sets apart, so a file that is already there is never read: an
    # earlier run may have left it, or another set of this one.
    beginning = Path(cache)
    try:
        beginning.parent.mkdir(parents=True, exist_ok=True)
        folder = tempfile.mkdtemp(prefix=f"{beginning.name}-", dir=beginning.parent)
    except OSError as error:
        raise OSError(
            f"cache is {str(cache)!r}, and a folder cannot be made there "
            f"({os.strerror(error.errno)}): give a path in a folder that may be written to, or "
            "cache=True to keep the examples in memory."
        ) from error
    cached = examples.cache(os.path.join(folder, "examples"))
    weakref.finalize(cached, shutil.rmtree, folder, ignore_errors=True)
    return cached


def _read_weights(class_weights: Sequence[float], num_classes: int | None) -> np.ndarray:
    try:
        weights = np.asarray(class_weights)
    except (TypeError, ValueError):  # rows of two lengths
        weights = np.asarray(None)
    expected = num_classes or max(2, weights.size)
    usable = weights.dtype.kind in "iuf" and weights.any()
    usable = usable and ((weights >= 0) & (weights <= np.finfo(np.float32).max)).all()
    if weights.shape != (expected,) or not usable:
        raise ValueError(
            f"class_weights is {class_weights!r}, expected {expected} numbers from 0 on, not all "
            "0: give one weight for each class, in a list."
        )
    return weights.astype(np.float32)


def _pixel_weights(mask, class_weights: np.ndarray, ignore_class: int | None):
    ids = tf.cast(mask[..., 0], tf.int32)
    if ignore_class is None:
        return tf.gather(tf.constant(class_weights), ids)
    void = ids == ignore_class
    return tf.where(void, 0.0, tf.gather(tf.constant(class_weights), tf.where(void, 0, ids)))


def _assert_all(checks: Sequence[tuple]) -> list:
    """Assert checks of one example: for each whether it holds, a sentence, and what that names."""
    if tf.executing_eagerly():
        for holds, message, find in checks:
            if not holds:
                said = [f"{x:g}" if x.ndim == 0 else x for x in map(np.asarray, find())]
                raise tf.errors.InvalidArgumentError(None, None, message.format(*said))
    elif checks:
        # The sentence is made where it is needed: for each example, heard or not, it took as long
        # as resizing a small image. One branch for all checks, as starting it takes time, too.
        def refuse():
            said = [(holds, tf.strings.format(message, find())) for holds, message, find in checks]
            return tf.group(*(tf.debugging.Assert(holds, [words]) for holds, words in said))

        return [tf.cond(tf.reduce_all([holds for holds, *_ in checks]), tf.no_op, refuse)]
    return []


def _range_check(image) -> list[tuple]:
    if not image.dtype.is_floating:
        return []
    low, high = tf.reduce_min(image), tf.reduce_max(image)
    message = (
        "the image's values go from {} to {}, expected 0..255: multiply an image in 0..1 by 255, "
        "and take (image + 1) * 127.5 of one in -1..1."
    )
    return [(is_range_of_image(low, high), message, lambda: (low, high))]


def _size_check(image, mask) -> list[tuple]:
    if image.shape[:2].is_fully_defined() and image.shape[:2] == mask.shape[:2]:
        return []  # known already
    same_size = tf.reduce_all(tf.shape(image)[:2] == tf.shape(mask)[:2])
    message = (
        "an image and its mask differ in height or width: {} and {}; pair the files again or "
        "resize the mask by nearest neighbour."
    )
    return [(same_size, message, lambda: (tf.shape(image), tf.shape(mask)))]


def _ids_check(mask, num_classes: int | None, ignore_class: int | None) -> list[tuple]:
    ids, low, high = mask, mask.dtype.min, mask.dtype.max
    if ignore_class is not None and low <= ignore_class <= high:
        ids = tf.where(mask == tf.constant(ignore_class, mask.dtype), tf.zeros_like(mask), mask)
    # In the mask's own dtype: casting a large mask takes longer than looking through it.
    conditions, expected = [], "0, 1, 2 ..."
    if low < 0:
        conditions.append(tf.reduce_min(ids) >= 0)
    if num_classes is not None:
        expected = f"0..{num_classes - 1}"
        if num_classes <= high:
            conditions.append(tf.reduce_max(ids) < num_classes)
    message = (
        f"a mask holds a class id outside {expected}: "
        "its ids go from {} to {}; subtract the first id, map 0/255 to 0/1, or name the id of "
        "void by ignore_class."
    )

    def find():
        return tf.reduce_min(ids), tf.reduce_max(ids)

    return [(condition, message, find) for condition in conditions]

"""The pipeline's promises: alignment, repeatability, dtypes, weights, and clear errors."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from test_augmentation import GREYS, ONLY_MOVES, quadrant_masks, share_in_step
from unetlab.augmentation import Augmentation
from unetlab.drawn.scenes import load_shapes
from unetlab.pipeline import prepare_batches, resize_example


def pairs(count=10, size=32):
    masks = quadrant_masks(count, size)
    images = GREYS[masks].repeat(3, -1).astype("uint8")
    return tf.data.Dataset.from_tensor_slices((images, masks))


def as_arrays(batches):
    return [[part.numpy() for part in batch] for batch in batches]


def test_prepared_batches_are_aligned():
    batches = prepare_batches(pairs(200), 32, augmentation=ONLY_MOVES, shuffle=True)
    for images, masks in batches.repeat(2):
        assert share_in_step(images, masks) == 1.0


def test_shapes_and_dtypes():
    batches = prepare_batches(
        load_shapes("pets", 5, (40, 60)), (32, 64), batch_size=2, augmentation=Augmentation()
    )
    images, masks = next(iter(batches))
    assert (images.shape, images.dtype) == ((2, 32, 64, 3), tf.float32)
    assert (masks.shape, masks.dtype) == ((2, 32, 64, 1), tf.uint8)
    assert batches.element_spec[0].shape == (None, 32, 64, 3)
    assert [len(images) for images, _ in batches] == [2, 2, 1]


def test_same_seed_gives_the_same_epochs_and_each_epoch_differs():
    def two_epochs(seed):
        batches = prepare_batches(pairs(), 32, 4, Augmentation(), shuffle=True, seed=seed)
        return [np.concatenate([images for images, _ in as_arrays(batches)]) for _ in range(2)]

    first, again, other = two_epochs(1), two_epochs(1), two_epochs(2)
    np.testing.assert_array_equal(first[0], again[0])
    np.testing.assert_array_equal(first[1], again[1])
    assert (first[0] != first[1]).any()
    assert (first[0] != other[0]).any()


def test_the_global_seed_changes_no_batch_and_stays_as_it_was():
    def two_epochs():
        batches = prepare_batches(pairs(), 32, 4, Augmentation(), shuffle=True, seed=1)
        return [np.concatenate([images for images, _ in as_arrays(batches)]) for _ in range(2)]

    expected = two_epochs()
    keras.utils.set_random_seed(7)
    drawn = tf.random.uniform([3])
    keras.utils.set_random_seed(7)
    for found, before in zip(two_epochs(), expected, strict=True):
        np.testing.assert_array_equal(found, before)
    np.testing.assert_array_equal(tf.random.uniform([3]), drawn)


def test_shuffling_keeps_the_length_and_draws_a_new_order_in_every_repeat():
    batches = prepare_batches(pairs(), 32, 10, shuffle=True)
    assert len(batches) == 1
    first, second = (images for images, _ in as_arrays(batches.repeat(2)))
    assert (first != second).any()
    np.testing.assert_array_equal(np.sort(first, axis=0), np.sort(second, axis=0))


def test_weights_follow_the_classes_through_augmentation():
    batches = prepare_batches(pairs(), 32, 5, Augmentation(), class_weights=[0.5, 1.0, 4.0])
    for _, masks, weights in batches:
        assert weights.dtype == tf.float32
        np.testing.assert_array_equal(weights, np.array([0.5, 1, 4])[masks[..., 0]])


def test_resizing_shrinks_smoothly_and_invents_no_label():
    image, mask = next(iter(load_shapes("pets", 1, 200)))
    small, small_mask = resize_example(image, mask * 100, 50)
    assert small.dtype == tf.uint8
    assert set(np.unique(small_mask)) <= {0, 100, 200}
    blocks = image.numpy().reshape(50, 4, 50, 4, 3).mean(axis=(1, 3))
    # An average over blocks, not one pixel of each.
    assert np.abs(small.numpy() - blocks).mean() < 5


def test_a_black_float_image_and_the_rounding_of_a_resampling_pass():
    ramp, mask = np.linspace(0, 1, 192, dtype="float32").reshape(8, 8, 3), np.zeros([8, 8, 1], int)
    for image in (ramp * 0, ramp * 255.4 - 0.2):
        images, _ = next(iter(prepare_batches(tf.data.Dataset.from_tensors((image, mask)), 8)))
        np.testing.assert_array_equal(images[0], image.round().clip(0, 255))


@pytest.mark.parametrize(("void", "dtype"), [(255, "uint8"), (-1, "int32")])
def test_void_passes_and_weighs_nothing(void, dtype):
    mask = np.random.default_rng(0).integers(0, 2, [8, 8, 1]).astype(dtype)
    mask[2:4] = void
    examples = tf.data.Dataset.from_tensors((np.zeros([8, 8, 3], "uint8"), mask))
    _, masks = next(iter(prepare_batches(examples, 8, num_classes=2, ignore_class=void)))
    np.testing.assert_array_equal(masks[0], mask)
    weighted = prepare_batches(
        examples, 8, 1, Augmentation(), class_weights=[0.5, 4], ignore_class=void
    )
    _, masks, weights = next(iter(weighted))
    expected = np.select([masks == void, masks == 1], [0.0, 4.0], 0.5)[..., 0]
    np.testing.assert_array_equal(weights, expected)
    assert {0.0, 0.5, 4.0} == set(np.unique(weights))


def test_cache_reads_the_examples_once():
    reads = []

    def read():
        for image, mask in pairs(3):
            reads.append(1)
            yield image, mask

    examples = tf.data.Dataset.from_generator(read, output_signature=pairs(3).element_spec)
    batches = prepare_batches(examples, 32)
    first, again = as_arrays(batches), as_arrays(batches)
    np.testing.assert_array_equal(first[0][0], again[0][0])
    assert len(reads) == 3
    as_arrays(prepare_batches(examples, 32, cache=False).repeat(2))
    assert len(reads) == 9

"""The pipeline's promises: alignment, repeatability, dtypes, weights, and clear errors."""

import numpy as np
import pytest
import tensorflow as tf

from test_augmentation import GREYS, ONLY_MOVES, quadrant_masks, share_in_step
from unetlab.augmentation import Augmentation, augment
from unetlab.drawn.scenes import load_shapes
from unetlab.pipeline import prepare_batches, resize_example


def pairs(count=10, size=32):
    masks = quadrant_masks(count, size)
    images = GREYS[masks].repeat(3, -1).astype("uint8")
    return tf.data.Dataset.from_tensor_slices((images, masks))


def as_arrays(batches):
    return [[part.numpy() for part in batch] for batch in batches]


def test_of_ten_thousand_examples_none_is_misaligned_in_parallel():
    batches = pairs(100).repeat(100).batch(50)
    seeds = tf.data.Dataset.random(seed=1).batch(2)
    moved = tf.data.Dataset.zip((batches, seeds)).map(
        lambda batch, seed: augment(*batch, seed, ONLY_MOVES), num_parallel_calls=8
    )
    misaligned, seen = 0, 0
    for images, masks in moved:
        assert masks.dtype == tf.uint8
        assert set(np.unique(masks)) <= {0, 1, 2}
        misaligned += sum(
            share_in_step(i[None], m[None]) < 1 for i, m in zip(images, masks, strict=True)
        )
        seen += len(images)
    assert (misaligned, seen) == (0, 10_000)


def test_parallelism_changes_no_draw():
    batches = tf.data.Dataset.zip((pairs(40).batch(4), tf.data.Dataset.random(seed=1).batch(2)))

    def run(parallel_calls):
        moved = batches.map(lambda batch, seed: augment(*batch, seed), parallel_calls)
        return [np.concatenate(parts) for parts in zip(*as_arrays(moved), strict=True)]

    for alone, together in zip(run(1), run(8), strict=True):
        np.testing.assert_array_equal(alone, together)


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


def test_shuffling_keeps_every_example_and_its_mask():
    batches = as_arrays(prepare_batches(pairs(), 32, 4, shuffle=True))
    shuffled = np.concatenate([masks for _, masks in batches])
    expected = {mask.tobytes() for mask in quadrant_masks(10)}
    assert {mask.tobytes() for mask in shuffled} == expected
    assert all(share_in_step(images, masks) == 1 for images, masks in batches)


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
    assert (
        np.abs(small.numpy() - blocks).mean() < 5
    )  # An average over blocks, not one pixel of each.


def test_cache_reads_the_examples_once(tmp_path):
    reads = []

    def read():
        for image, mask in pairs(3):
            reads.append(1)
            yield image, mask

    examples = tf.data.Dataset.from_generator(read, output_signature=pairs(3).element_spec)
    for cache in (True, str(tmp_path / "cache")):
        batches = prepare_batches(examples, 32, cache=cache)
        first, again = as_arrays(batches), as_arrays(batches)
        np.testing.assert_array_equal(first[0][0], again[0][0])
    assert len(reads) == 6
    as_arrays(prepare_batches(examples, 32, cache=False).repeat(2))
    assert len(reads) == 12


def dataset_of(image, mask):
    return tf.data.Dataset.from_tensors((image, mask))


IMAGE = tf.zeros([8, 8, 3], tf.uint8)
MASK = tf.zeros([8, 8, 1], tf.uint8)


@pytest.mark.parametrize(
    ("examples", "message"),
    [
        (dataset_of(IMAGE, tf.zeros([8, 8, 1])), "the mask is float32 .* must be integer"),
        (
            dataset_of(IMAGE, tf.zeros([8, 8, 3], tf.uint8)),
            r"the mask is uint8 .* must be \[H, W, 1\]",
        ),
        (
            dataset_of(tf.zeros([8, 8, 4], tf.uint8), MASK),
            r"the image is uint8 .* must be \[H, W, 3\]",
        ),
        (dataset_of(IMAGE, MASK).batch(2), r"the image is uint8 .* must be \[H, W, 3\]"),
        (tf.data.Dataset.from_tensors({"image": IMAGE}), r"\(image, mask\) pairs"),
    ],
    ids=["float mask", "RGB mask", "alpha", "batched", "dictionary"],
)
def test_wrong_examples_are_refused_at_once(examples, message):
    with pytest.raises(ValueError, match=message):
        prepare_batches(examples, 8)


def test_mask_of_another_size_is_named():
    examples = dataset_of(IMAGE, tf.zeros([8, 9, 1], tf.uint8))
    with pytest.raises(tf.errors.InvalidArgumentError, match="differ in height or width"):
        list(prepare_batches(examples, 8))


@pytest.mark.parametrize("arguments", [{"num_classes": 2}, {"class_weights": [1, 2]}])
def test_label_outside_the_classes_is_named(arguments):
    with pytest.raises(tf.errors.InvalidArgumentError, match=r"class id outside 0\.\.1"):
        list(prepare_batches(dataset_of(IMAGE, MASK + 2), 8, **arguments))

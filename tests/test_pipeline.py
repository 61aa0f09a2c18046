"""The pipeline's promises: alignment, repeatability, dtypes, weights, and clear errors."""

import gc
import threading

import keras
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


@pytest.mark.filterwarnings("ignore:Even though the .tf.config")  # tf.data is a graph anyway
@pytest.mark.parametrize("set_global_seed", [tf.random.set_seed, keras.utils.set_random_seed])
def test_the_global_seed_changes_no_batch_and_stays_as_it_was(set_global_seed):
    def two_epochs():
        batches = prepare_batches(pairs(), 32, 4, Augmentation(), shuffle=True, seed=1)
        return [np.concatenate([images for images, _ in as_arrays(batches)]) for _ in range(2)]

    expected = two_epochs()
    set_global_seed(7)
    drawn = tf.random.uniform([3])
    set_global_seed(7)
    for found, before in zip(two_epochs(), expected, strict=True):
        np.testing.assert_array_equal(found, before)
    np.testing.assert_array_equal(tf.random.uniform([3]), drawn)
    set_global_seed(8)
    tf.config.run_functions_eagerly(True)
    try:
        np.testing.assert_array_equal(two_epochs()[0], expected[0])
    finally:
        tf.config.run_functions_eagerly(False)


def test_a_loader_that_gave_up_the_order_still_gets_the_seeds_promise():
    options = tf.data.Options()
    options.deterministic = False
    first_was_read = threading.Event()

    def read(index):
        # The first example waits for the second: whoever takes what is ready first takes that.
        if index == 0:
            first_was_read.wait(1)
        elif index == 1:
            first_was_read.set()
        return np.full([8, 8, 3], index, np.uint8), np.zeros([8, 8, 1], np.uint8)

    def load(index):
        image, mask = tf.numpy_function(read, [index], [tf.uint8, tf.uint8])
        return tf.ensure_shape(image, [8, 8, 3]), tf.ensure_shape(mask, [8, 8, 1])

    examples = tf.data.Dataset.range(8).map(load, num_parallel_calls=4).with_options(options)
    images = np.concatenate([images for images, _ in as_arrays(prepare_batches(examples, 8, 4))])
    assert images[:, 0, 0, 0].tolist() == list(range(8))


def test_shuffling_keeps_the_length_and_draws_a_new_order_in_every_repeat():
    batches = prepare_batches(pairs(), 32, 10, shuffle=True)
    assert len(batches) == 1
    first, second = (images for images, _ in as_arrays(batches.repeat(2)))
    assert (first != second).any()
    np.testing.assert_array_equal(np.sort(first, axis=0), np.sort(second, axis=0))


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


@pytest.mark.parametrize("shuffle", [False, True])
def test_a_cache_on_disk_never_shows_the_photos_of_another_call(tmp_path, shuffle):
    dark, light = (
        tf.data.Dataset.from_tensor_slices((np.full([4, 8, 8, 3], grey, np.uint8), MASKS))
        for grey in (10, 200)
    )
    place = tmp_path / "new" / "cache"
    first = prepare_batches(dark, 8, cache=place, shuffle=shuffle)
    for _ in range(2):
        assert {float(tf.reduce_max(images)) for images, _ in first} == {10.0}
    second = prepare_batches(light, 8, cache=place, shuffle=shuffle)
    gc.collect()
    for batches, grey in ((second, 200.0), (first, 10.0), (second, 200.0)):
        assert {float(tf.reduce_max(images)) for images, _ in batches} == {grey}
    assert len(list(place.parent.iterdir())) == 2
    del first, second, batches
    gc.collect()
    assert not list(place.parent.iterdir())


def test_a_cache_on_disk_that_was_begun_is_finished_by_the_next_pass(tmp_path):
    batches = prepare_batches(pairs(), 32, 4, cache=str(tmp_path / "cache"))
    first = next(iter(batches))[0]
    assert sum(len(images) for images, _ in batches) == 10
    np.testing.assert_array_equal(next(iter(batches))[0], first)


def dataset_of(image, mask):
    return tf.data.Dataset.from_tensors((image, mask))


IMAGE = tf.zeros([8, 8, 3], tf.uint8)
MASK = tf.zeros([8, 8, 1], tf.uint8)
MASKS = np.zeros([4, 8, 8, 1], np.uint8)


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
        (dataset_of(IMAGE, (MASK, MASK)), r"\(image, mask\) pairs"),
        ((IMAGE, MASK), "are a tuple, expected a tf.data.Dataset; .*from_tensor_slices"),
        (dataset_of(tf.cast(IMAGE, tf.uint16), MASK), "the image is uint16 .* divide .* by 257"),
        (
            dataset_of(tf.cast(IMAGE, tf.int32), MASK),
            "the image is int32 .* must be uint8 or float",
        ),
    ],
    ids=[
        "float mask",
        "RGB mask",
        "alpha",
        "batched",
        "dictionary",
        "two masks",
        "arrays",
        "16 bits",
        "int32",
    ],
)
def test_wrong_examples_are_refused_at_once(examples, message):
    with pytest.raises(ValueError, match=message):
        prepare_batches(examples, 8)


def test_mask_of_another_size_is_named():
    examples = dataset_of(IMAGE, tf.zeros([8, 9, 1], tf.uint8))
    with pytest.raises(tf.errors.InvalidArgumentError, match="differ in height or width"):
        list(prepare_batches(examples, 8))


RAMP = np.linspace(0, 1, 192, dtype=np.float32).reshape(8, 8, 3)


@pytest.mark.parametrize(
    ("image", "found"),
    [
        (RAMP, "from 0 to 1, expected 0..255: multiply"),
        (RAMP * 2 - 1, "from -1 to 1, expected 0..255"),
        (RAMP - 1, "from -1 to 0, expected"),
        (RAMP * 65535, "from 0 to 65535, expected"),
        (np.where(RAMP > 0.5, np.nan, RAMP * 255), "expected 0..255"),
        (RAMP.astype("float16"), "from 0 to 1, expected"),
        (RAMP.astype("float64"), "from 0 to 1, expected"),
    ],
    ids=["0..1", "-1..1", "-1..0", "16 bits", "NaN", "half", "double"],
)
def test_float_images_of_another_range_are_refused_with_the_range(image, found):
    with pytest.raises(tf.errors.InvalidArgumentError, match=found):
        next(iter(prepare_batches(dataset_of(image, MASK), 8)))
    with pytest.raises(tf.errors.InvalidArgumentError, match=found):
        resize_example(image, MASK, 4)


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
@pytest.mark.parametrize("odd", [np.nan, np.inf, -np.inf, 256, -1])
def test_one_odd_value_is_found_wherever_it_stands(dtype, odd):
    rng = np.random.default_rng(0)
    places = [0, 65 * 67 * 3 - 1, *rng.integers(0, 65 * 67 * 3, 6)]
    for place in places:  # Whatever lane of a vector or thread's share it falls into.
        image = rng.uniform(0, 255, [65, 67, 3]).astype(dtype)
        image.flat[place] = odd
        with pytest.raises(tf.errors.InvalidArgumentError, match=r"expected 0\.\.255"):
            resize_example(image, np.zeros([65, 67, 1], np.uint8), 4)


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_float_images_in_range_become_what_uint8_images_become(dtype):
    image = (RAMP * 255).round()
    pair = dataset_of(image.astype(dtype), MASK), dataset_of(image.astype("uint8"), MASK)
    found, expected = (next(iter(prepare_batches(examples, 8)))[0] for examples in pair)
    np.testing.assert_array_equal(found, expected)
    np.testing.assert_array_equal(found[0], image)


def test_a_black_float_image_and_the_rounding_of_a_resampling_pass():
    for image in (RAMP * 0, RAMP * 255.4 - 0.2):
        images, _ = next(iter(prepare_batches(dataset_of(image, MASK), 8)))
        np.testing.assert_array_equal(images[0], image.round().clip(0, 255))


@pytest.mark.parametrize("arguments", [{"num_classes": 2}, {"class_weights": [1, 2]}])
@pytest.mark.parametrize("dtype", ["uint8", "int8", "uint16", "int32", "int64"])
def test_label_outside_the_classes_is_named(arguments, dtype):
    message = r"class id outside 0\.\.1: its ids go from 0 to 2; .* ignore_class"
    mask = np.zeros([8, 8, 1], dtype)
    mask[3, 4] = 2
    with pytest.raises(tf.errors.InvalidArgumentError, match=message):
        list(prepare_batches(dataset_of(IMAGE, mask), 8, **arguments))


@pytest.mark.parametrize("arguments", [{}, {"num_classes": 2}, {"ignore_class": 255}])
def test_an_id_below_0_is_refused_with_or_without_the_number_of_classes(arguments):
    mask = np.zeros([8, 8, 1], "int32")
    mask[3, 4] = -1
    with pytest.raises(tf.errors.InvalidArgumentError, match="its ids go from -1 to 0"):
        list(prepare_batches(dataset_of(IMAGE, mask), 8, **arguments))


def test_an_id_beyond_32_bits_is_refused():
    mask = np.full([8, 8, 1], 2**32, "int64")
    with pytest.raises(tf.errors.InvalidArgumentError, match="4294967296"):
        list(prepare_batches(dataset_of(IMAGE, mask), 8, num_classes=2))


@pytest.mark.parametrize(("void", "dtype"), [(255, "uint8"), (-1, "int32"), (2, "uint8")])
def test_void_passes_and_weighs_nothing(void, dtype):
    mask = np.random.default_rng(0).integers(0, 2, [8, 8, 1]).astype(dtype)
    mask[2:4] = void
    examples = dataset_of(IMAGE, mask)
    _, masks = next(iter(prepare_batches(examples, 8, num_classes=2, ignore_class=void)))
    np.testing.assert_array_equal(masks[0], mask)
    weighted = prepare_batches(
        examples, 8, 1, Augmentation(), class_weights=[0.5, 4], ignore_class=void
    )
    _, masks, weights = next(iter(weighted))
    expected = np.select([masks == void, masks == 1], [0.0, 4.0], 0.5)[..., 0]
    np.testing.assert_array_equal(weights, expected)
    assert {0.0, 0.5, 4.0} == set(np.unique(weights))


def test_ids_outside_are_refused_beside_void_too():
    mask = np.full([8, 8, 1], 255, "uint8")
    mask[3, 4] = 2
    with pytest.raises(tf.errors.InvalidArgumentError, match="its ids go from 0 to 2"):
        list(prepare_batches(dataset_of(IMAGE, mask), 8, num_classes=2, ignore_class=255))


@pytest.mark.parametrize(
    ("weights", "num_classes"),
    [([1, 2], 3), ([[1, 2]], None), ([1, -2], 2), ([1, np.nan], 2), (3.0, None)],
)
def test_weights_that_are_not_one_for_each_class_are_refused(weights, num_classes):
    with pytest.raises(ValueError, match=r"class_weights is .* give one weight for each class"):
        prepare_batches(dataset_of(IMAGE, MASK), 8, class_weights=weights, num_classes=num_classes)


def named(count=10):
    """Examples whose name says which mask is theirs."""
    masks = np.zeros([count, 8, 8, 1], np.uint8)
    masks[np.arange(count), np.arange(count) % 8] = 1
    names = [f"photo{number}" for number in range(count)]
    return tf.data.Dataset.from_tensor_slices(
        (GREYS[masks].repeat(3, -1).astype("uint8"), masks, names)
    )


@pytest.mark.parametrize("cache", [False, True, "disk"])
def test_names_stay_with_their_masks_through_the_shuffle(tmp_path, cache):
    batches = prepare_batches(
        named(), 8, 4, Augmentation(flip=False, rotation=0, zoom=(1, 1), shift=0), shuffle=True,
        cache=str(tmp_path / cache) if cache == "disk" else cache, names=True,
    )  # fmt: skip
    orders = []
    for _ in range(2):
        order = []
        for images, masks, names in batches:
            assert images.shape == (len(names), 8, 8, 3) and names.dtype == tf.string
            for mask, name in zip(masks.numpy(), names.numpy(), strict=True):
                order.append(int(name.removeprefix(b"photo")))
                assert mask[order[-1] % 8].all() and mask.sum() == 8
        assert sorted(order) == list(range(10))
        orders.append(order)
    assert orders[0] != orders[1]


def test_names_are_dropped_where_fit_would_take_them_for_weights():
    pairs = named().map(lambda image, mask, name: (image, mask))
    with_names, without = (prepare_batches(part, 8, 4, shuffle=True) for part in (named(), pairs))
    for batch, expected in zip(with_names, without, strict=True):
        assert len(batch) == len(expected) == 2
        np.testing.assert_array_equal(batch[1], expected[1])
    weighted = prepare_batches(named(), 8, class_weights=[1, 3])
    np.testing.assert_array_equal(np.unique(next(iter(weighted))[2]), [1, 3])
    model = keras.Sequential([keras.Input([8, 8, 3]), keras.layers.Conv2D(1, 1)])
    model.compile(loss="mse")
    model.fit(with_names, verbose=0)
    # Never in silence: whoever asks for them and trains gets an error.
    with pytest.raises((TypeError, ValueError, tf.errors.OpError)):
        model.fit(prepare_batches(named(), 8, names=True), verbose=0)


@pytest.mark.parametrize("cache", [False, True])
@pytest.mark.parametrize("shuffle", [False, True])
def test_a_set_that_is_filtered_to_nothing_is_refused_when_it_is_read(cache, shuffle):
    def batches(least):
        examples = named().filter(lambda image, mask, name: tf.strings.length(name) > least)
        return prepare_batches(examples, 8, 4, cache=cache, shuffle=shuffle, names=True)

    assert [[len(part) for part in batch] for batch in batches(1)] == [[4] * 3, [4] * 3, [2] * 3]
    assert sum(len(names) for *_, names in batches(1).repeat(2)) == 20
    for _ in range(2):
        with pytest.raises(tf.errors.InvalidArgumentError, match="are none, expected one or more"):
            list(batches(100))

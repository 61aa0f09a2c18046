"""The confusion against scikit-learn, and ids outside the classes, which never count."""

import keras
import numpy as np
import pytest
import sklearn.metrics
import tensorflow as tf

from unetlab.confusion import class_ids, confusion_matrices


def random_batch(seed=0, num_classes=3, batch=5, size=6):
    rng = np.random.default_rng(seed)
    mask = rng.integers(0, num_classes, (batch, size, size, 1)).astype("uint8")
    logits = rng.normal(size=(batch, size, size, num_classes)).astype("float32")
    return mask, logits


def total_confusion(mask, logits, ignore_class=None):
    """The confusion matrix of three classes, summed over the images."""
    matrices = confusion_matrices(mask, class_ids(logits), 3, ignore_class=ignore_class)
    return keras.ops.convert_to_numpy(matrices).sum(axis=0)


def test_confusion_agrees_with_scikit_learn():
    mask, logits = random_batch()
    ours = total_confusion(mask, logits)
    assert (
        ours.tolist()
        == sklearn.metrics.confusion_matrix(mask.ravel(), logits.argmax(-1).ravel()).tolist()
    )


def test_predicted_ids_outside_the_classes_are_refused():
    mask = np.ones([1, 2, 2], int)
    with pytest.raises(ValueError, match="the predicted mask holds class ids from 2 to 2"):
        confusion_matrices(mask, 2 * mask, num_classes=2)


def test_a_void_id_is_allowed_in_the_truth_only():
    mask = np.array([[0, 255]])
    assert float(confusion_matrices(mask, [[0, 1]], 2, ignore_class=255)[0, 0, 0]) == 1
    with pytest.raises(ValueError, match="the predicted mask holds class ids from 0 to 255"):
        confusion_matrices(mask, mask, 2, ignore_class=255)


@pytest.mark.parametrize("dtype", ["bool", "uint8", "int8", "uint16", "int32", "uint32", "int64"])
def test_ids_of_every_dtype_are_counted_alike(dtype):
    mask, predicted = np.array([[0, 0, 1, 1]], dtype), np.array([[0, 1, 1, 1]], dtype)
    assert np.asarray(confusion_matrices(mask, predicted, 2)).tolist() == [[[1, 1], [0, 2]]]


# What int32 would wrap to 0, and what would be counted for the image before or behind.
OUTSIDE = (-1, -3, 3, 4, 6, 255, 2**32, -(2**32))


@pytest.mark.parametrize("found", OUTSIDE)
@pytest.mark.parametrize("part", ["mask", "predicted mask"])
def test_an_id_outside_is_refused_in_any_image_whatever_it_weighs(found, part):
    if keras.backend.backend() == "jax":
        found = int(np.int64(found).astype(np.int32)) or 9  # it has no 64 bits
    for image, weight, ignore_class in ((0, None, None), (1, [1, 0], None), (1, None, 2)):
        parts = {"mask": np.full([2, 4], 2), "predicted mask": np.full([2, 4], 1)}
        parts[part][image, 3] = found
        with pytest.raises(ValueError, match=f"the {part} holds class ids from .*{found}"):
            confusion_matrices(*parts.values(), 3, weight, ignore_class)


@pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="graphs are TensorFlow's")
def test_in_a_graph_the_range_is_said_and_the_right_go_through():
    count = tf.function(lambda mask: confusion_matrices(mask, mask, 2))
    assert np.asarray(count(np.array([[0, 1]]))).tolist() == [[[1, 0], [0, 1]]]
    with pytest.raises(tf.errors.InvalidArgumentError, match=r"holds class ids from.*-3.*to.*7"):
        count(np.array([[7, -3]]))
    compiled = tf.function(lambda mask: confusion_matrices(mask, mask, 2), jit_compile=True)
    found = np.asarray(compiled(np.array([[7, -3], [0, 1]])))
    assert np.isnan(found[0]).all() and found[1].tolist() == [[1, 0], [0, 1]]

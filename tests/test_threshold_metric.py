"""Mean IoU over thresholds: by hand, against scikit-learn, streamed, weighed, saved."""

import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import jaccard_score

from unetlab.threshold_metric import MeanIoUOverThresholds


def random_batch(seed, count=4):
    random = np.random.default_rng(seed)
    logits = random.normal(0, 2, (count, 5, 6, 1)).astype(np.float32)
    return random.integers(0, 2, logits.shape), logits


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_streamed_it_agrees_with_scikit_learn(seed):
    mask, logits = random_batch(seed)
    metric = MeanIoUOverThresholds()
    metric.update_state(mask[:1], logits[:1])
    metric.update_state(mask[1:, ..., 0], logits[1:])
    probability = 1 / (1 + np.exp(-logits.astype(float)))
    expected = np.mean(
        [
            jaccard_score(mask.ravel(), (probability > t).ravel(), average="macro")
            for t in np.arange(0.5, 0.96, 0.05)
        ]
    )
    assert float(metric.result()) == pytest.approx(expected, abs=1e-6)


def test_an_absent_class_is_left_out():
    metric = MeanIoUOverThresholds()
    metric.update_state(np.zeros([1, 2, 2, 1], int), np.full([1, 2, 2, 1], -1.0))
    assert float(metric.result()) == 1.0


def test_nothing_added_yet_is_no_error():
    assert float(MeanIoUOverThresholds().result()) == 1.0


def test_weights_of_nought_take_images_and_pixels_out():
    mask, logits = random_batch(1)
    some = MeanIoUOverThresholds()
    some.update_state(mask[:2], logits[:2])
    by_image = MeanIoUOverThresholds()
    by_image.update_state(mask, logits, sample_weight=np.array([1, 1, 0, 0]))
    by_pixel = MeanIoUOverThresholds()
    pixels = np.zeros(mask.shape[:-1])
    pixels[:2] = 1
    by_pixel.update_state(mask, logits, sample_weight=pixels)
    assert float(by_image.result()) == pytest.approx(float(some.result()))
    assert float(by_pixel.result()) == pytest.approx(float(some.result()))


def test_in_compile_and_back_from_disk(tmp_path):
    model = keras.Sequential([keras.Input([5, 6, 3]), keras.layers.Conv2D(1, 1)])
    model.compile("sgd", "mse", metrics=[MeanIoUOverThresholds([0.5, 0.7])])
    mask, _ = random_batch(2)
    image = np.zeros([4, 5, 6, 3])
    result = model.evaluate(image, mask, verbose=0, return_dict=True)
    assert 0 <= result["mean_iou_over_thresholds"] <= 1
    again = keras.saving.deserialize_keras_object(
        keras.saving.serialize_keras_object(MeanIoUOverThresholds([0.5, 0.7]))
    )
    assert again.thresholds == [0.5, 0.7]


@pytest.mark.parametrize("thresholds", [[], [0.0], [0.5, 1.0]])
def test_bad_thresholds(thresholds):
    with pytest.raises(ValueError, match="thresholds is"):
        MeanIoUOverThresholds(thresholds)


def test_several_logits_are_refused():
    with pytest.raises(ValueError, match="one a pixel"):
        MeanIoUOverThresholds().update_state(
            np.zeros([1, 2, 2, 1], int), np.zeros([1, 2, 2, 3], "float32")
        )

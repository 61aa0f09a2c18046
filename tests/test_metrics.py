"""The metrics against scikit-learn and the rule for classes that are absent."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import f1_score, jaccard_score

from unetlab.metrics import (
    Dice,
    MeanIoU,
    MeanIoUOverThresholds,
    confusion_matrices,
    count_dtype,
)


def random_batch(seed=0, num_classes=3, batch=5, size=6):
    rng = np.random.default_rng(seed)
    mask = rng.integers(0, num_classes, (batch, size, size, 1)).astype("uint8")
    logits = rng.normal(size=(batch, size, size, num_classes)).astype("float32")
    return mask, logits


def score(metric, *batches):
    metric.reset_state()
    for batch in batches:
        metric.update_state(*batch)
    return float(metric.result())


@pytest.mark.parametrize("metric", [Dice(3), MeanIoU(3), MeanIoU(3, class_id=2)])
def test_streamed_in_unequal_batches_equals_the_whole_set(metric):
    mask, logits = random_batch(batch=7)
    streamed = score(
        metric, *[(mask[part], logits[part]) for part in np.split(np.arange(7), [1, 4])]
    )
    assert streamed == pytest.approx(score(metric, (mask, logits)), abs=1e-6)


def test_one_logit_means_subject_where_positive():
    # Truth 2 subject pixels, prediction 3, 2 in common: Dice 4 / 5, IoU 2 / 3; ground IoU 1 / 2.
    mask = np.array([1, 1, 0, 0]).reshape(1, 2, 2, 1)
    logits = np.array([0.1, 9.0, 0.2, 0.0]).reshape(1, 2, 2, 1)
    assert score(Dice(2, class_id=1), (mask, logits)) == pytest.approx(0.8)
    assert score(MeanIoU(2), (mask, logits)) == pytest.approx((2 / 3 + 1 / 2) / 2)


def test_absent_class_is_left_out_of_the_mean():
    mask = np.zeros([1, 2, 2, 1], int)
    logits = np.zeros([1, 2, 2, 3])
    logits[..., 0] = 1
    assert score(MeanIoU(3), (mask, logits)) == 1.0
    logits[0, 0, 0] = [0, 1, 0]  # One pixel of class 1 is found that is not there.
    assert score(MeanIoU(3), (mask, logits)) == pytest.approx((3 / 4 + 0) / 2)


def test_nothing_there_and_nothing_found_is_perfect():
    mask, logits = np.zeros([2, 4, 4, 1], int), np.full([2, 4, 4, 1], -1.0)
    for metric in (Dice(2, class_id=1), MeanIoU(2), MeanIoUOverThresholds()):
        assert score(metric, (mask, logits)) == 1.0
    assert score(Dice(2, class_id=1), (mask, -logits)) == 0.0


METRICS = [
    Dice(3),
    MeanIoU(3, ignore_class=2),
    MeanIoUOverThresholds(),
]


def batch_for(metric):
    mask, logits = random_batch(batch=2)
    return (mask // 2, logits[..., :1]) if metric is METRICS[-1] else (mask, logits)


@pytest.mark.parametrize("metric", METRICS)
def test_weights_of_every_form_are_taken_alike(metric):
    mask, logits = batch_for(metric)
    images = np.array([0.25, 2.0])
    pixels = np.broadcast_to(images[:, None, None], mask.shape[:-1])
    expected = score(metric, (mask, logits, images))
    assert abs(expected - score(metric, (mask, logits))) > 1e-4
    for form in (images.tolist(), images[:, None], pixels, pixels[..., None], pixels.tolist()):
        assert score(metric, (mask, logits, form)) == pytest.approx(expected, abs=1e-6)
    assert score(metric, (mask[..., 0], logits, pixels)) == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize("metric", METRICS)
def test_an_image_of_weight_nought_might_as_well_not_be_there(metric):
    mask, logits = batch_for(metric)
    alone = score(metric, (mask[:1], logits[:1]))
    assert score(metric, (mask, logits, [1, 0])) == pytest.approx(alone, abs=1e-6)
    assert score(metric, (mask[:1], logits[:1]), (mask, logits, [0, 0])) == pytest.approx(alone)


@pytest.mark.parametrize("metric", METRICS)
def test_without_a_counted_pixel_there_is_no_score(metric):
    metric.reset_state()
    assert np.isnan(float(metric.result()))
    mask, logits = batch_for(metric)
    assert np.isnan(score(metric, (mask, logits, [0, 0])))
    if getattr(metric, "ignore_class", None) is not None:
        assert np.isnan(score(metric, (np.full_like(mask, metric.ignore_class), logits)))


@settings(max_examples=30, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    num_classes=st.integers(2, 21),
    size=st.tuples(st.integers(1, 3), st.integers(1, 6), st.integers(1, 6)),
    void_share=st.floats(0, 1),
    inside=st.booleans(),
    weigh=st.booleans(),
)
def test_any_batch_agrees_with_scikit_learn(seed, num_classes, size, void_share, inside, weigh):
    rng = np.random.default_rng(seed)
    ignore_class = num_classes - 1 if inside else 255
    mask = rng.integers(0, num_classes, (*size, 1))
    mask[rng.random(size) < void_share] = ignore_class
    predicted = rng.integers(0, num_classes, size)
    logits = np.eye(num_classes)[predicted]
    weight = rng.uniform(0.1, 3, size) if weigh else np.ones(size)
    valid = mask[..., 0] != ignore_class
    arguments = {
        "y_true": mask[..., 0][valid],
        "y_pred": predicted[valid],
        "labels": [i for i in range(num_classes) if i != ignore_class],
        "sample_weight": weight[valid],
    }
    for metric, per_class in (
        (Dice, f1_score),
        (MeanIoU, jaccard_score),
    ):
        found = score(metric(num_classes, ignore_class=ignore_class), (mask, logits, weight))
        if not valid.any():
            assert np.isnan(found)
            continue
        present = set(arguments["y_true"]) | set(arguments["y_pred"])
        labels = [i for i in arguments["labels"] if i in present]
        scores = per_class(**{**arguments, "labels": labels}, average=None) if labels else [1.0]
        assert found == pytest.approx(np.mean(scores), abs=1e-5)


@pytest.mark.skipif(
    keras.backend.backend() != "tensorflow" and count_dtype() == "float32",
    reason="this backend counts in float32; JAX in float64 where JAX_ENABLE_X64 is set",
)
def test_counts_do_not_stop_at_the_precision_of_float32():
    metric = MeanIoU(2)
    metric.confusion.assign(np.array([[2.0**25, 0], [0, 0]]))
    metric.update_state(np.zeros([1, 1, 1, 1], int), np.full([1, 1, 1, 1], -1.0))
    assert float(metric.confusion[0, 0]) == 2.0**25 + 1


@pytest.mark.parametrize(
    "metric", [Dice(3, class_id=1), MeanIoU(4, ignore_class=0), MeanIoUOverThresholds()]
)
def test_config_round_trip(metric):
    assert type(metric).from_config(metric.get_config()).get_config() == metric.get_config()


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_streamed_it_agrees_with_scikit_learn(seed):
    random = np.random.default_rng(seed)
    logits = random.normal(0, 2, (4, 5, 6, 1)).astype(np.float32)
    mask = random.integers(0, 2, logits.shape)
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


@pytest.mark.parametrize("dtype", ["bool", "uint8", "float32"])
def test_ids_of_every_dtype_are_counted_alike(dtype):
    mask = np.array([[[0, 0, 1, 1]]], dtype)
    logits = np.array([-1.0, 1, 1, 1]).reshape(1, 1, 4, 1)
    assert np.asarray(confusion_matrices(mask, logits)).tolist() == [[[1, 1], [0, 2]]]


@pytest.mark.parametrize("found", [-1, 3])
def test_an_id_outside_is_refused_or_its_whole_image_is_no_number(found):
    mask, logits = np.full([2, 1, 4], 2), np.zeros([2, 1, 4, 3])
    mask[1, 0, 3] = found
    count = confusion_matrices
    if keras.backend.backend() == "tensorflow":
        with pytest.raises(ValueError, match=f"the mask holds class ids from .*{found}"):
            confusion_matrices(mask, logits, ignore_class=2)
        with pytest.raises(tf.errors.InvalidArgumentError, match=f"holds class ids.*{found}"):
            tf.function(confusion_matrices)(mask, logits)
        count = tf.function(confusion_matrices, jit_compile=True)
    matrices = keras.ops.convert_to_numpy(count(mask, logits))
    assert np.isnan(matrices[1]).all() and matrices[0].sum() == 4


def evaluate(mask, bias=0.0):
    """Evaluate a network of one logit on the mask with all three metrics."""
    bias = keras.initializers.Constant(bias)
    layer = keras.layers.Conv2D(1, 1, kernel_initializer="zeros", bias_initializer=bias)
    model = keras.Sequential([keras.Input([4, 4, 3]), layer])
    metrics = [Dice(2, class_id=1), MeanIoU(2), MeanIoUOverThresholds()]
    # This loss has no check of its own: what is said, the metrics say.
    model.compile(loss="mse", metrics=metrics)
    scores = model.evaluate(np.ones([2, 4, 4, 3]), mask, verbose=0, return_dict=True)
    return [scores[metric.name] for metric in metrics]


def test_ids_outside_the_classes_are_said_in_evaluate():
    mask = np.zeros([2, 4, 4, 1], "uint8")
    assert np.isfinite(evaluate(mask)).all()
    mask[1, 0] = 255
    if keras.backend.backend() != "tensorflow":
        assert np.isnan(evaluate(mask)).all()
        return
    with pytest.raises(Exception, match=r"the mask holds class ids from.*0.*to.*255.*mask > 127"):
        evaluate(mask)


def test_logits_that_are_nan_have_no_score():
    assert np.isnan(evaluate(np.zeros([2, 4, 4, 1], "uint8"), bias=np.nan)).all()


@pytest.mark.parametrize(
    "metric", [Dice(2, class_id=1), MeanIoU(2), MeanIoUOverThresholds()], ids=lambda one: one.name
)
def test_callbacks_know_without_a_mode_that_more_is_better(metric):
    model = keras.Sequential([keras.Input([4, 4, 3]), keras.layers.Conv2D(1, 1)])
    model.compile("sgd", "binary_crossentropy", metrics=[metric])
    stop = keras.callbacks.EarlyStopping(monitor=f"val_{metric.name}", patience=0)
    data = np.ones([2, 4, 4, 3]), np.ones([2, 4, 4, 1], np.uint8)
    # The score is the best from the start and stays so: no gain, and the second epoch is the last.
    history = model.fit(*data, epochs=5, validation_data=data, verbose=0, callbacks=[stop])
    assert stop.monitor_op == keras.ops.greater and len(history.epoch) == 2

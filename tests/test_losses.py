"""The losses against numbers worked out by hand and against Keras's own."""

import keras
import numpy as np
import pytest

from unetlab.losses import DiceCrossEntropy, DiceLoss

SURE = 60.0  # A logit so large that its probability is 1 in float32.


def logits_of(mask, num_classes):
    return SURE * (2.0 * np.eye(num_classes)[mask[..., 0]] - 1)


def random_batch(num_classes=3, batch=4, size=8):
    rng = np.random.default_rng(0)
    mask = rng.integers(0, num_classes, (batch, size, size, 1))
    return mask, rng.normal(size=(batch, size, size, num_classes)).astype("float32")


def test_dice_loss_by_hand_for_one_logit():
    # Truth 2 pixels, prediction 3, 1 in common, smooth 1: 1 - (2 * 1 + 1) / (2 + 3 + 1).
    mask = np.array([1, 1, 0, 0, 0]).reshape(1, 1, 5, 1)
    logits = SURE * np.array([1.0, -1, 1, 1, -1]).reshape(1, 1, 5, 1)
    assert float(DiceLoss()(mask, logits)) == pytest.approx(0.5, abs=1e-5)


def test_dice_loss_by_hand_for_three_classes():
    # Class 0: 1 - (2 + 1) / (3 + 1); class 1: 1 - (2 + 1) / (3 + 1); class 2, absent: 0.
    mask = np.array([0, 1, 1]).reshape(1, 1, 3, 1)
    logits = logits_of(np.array([0, 0, 1]).reshape(1, 1, 3, 1), 3)
    assert float(DiceLoss()(mask, logits)) == pytest.approx((0.25 + 0.25 + 0) / 3, abs=1e-5)


@pytest.mark.parametrize("smooth", [0.0, 1.0])
def test_empty_mask_with_empty_prediction_costs_nothing(smooth):
    mask = np.zeros([2, 4, 4, 1], int)
    assert float(DiceLoss(smooth)(mask, np.full([2, 4, 4, 1], -SURE))) == pytest.approx(0, abs=1e-5)


@pytest.mark.parametrize("loss", [DiceLoss(), DiceCrossEntropy()])
def test_perfect_logits_cost_nothing_and_wrong_ones_cost(loss):
    mask, _ = random_batch()
    assert float(loss(mask, logits_of(mask, 3))) == pytest.approx(0, abs=1e-4)
    assert float(loss(mask, logits_of((mask + 1) % 3, 3))) > 0.9


def test_cross_entropy_part_is_that_of_keras():
    mask, logits = random_batch()
    keras_loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)(mask, logits)
    both = float(DiceCrossEntropy()(mask, logits))
    assert both - float(DiceLoss()(mask, logits)) == pytest.approx(float(keras_loss), abs=1e-5)


def test_batch_is_the_mean_of_its_images():
    mask, logits = random_batch()
    loss = DiceCrossEntropy()
    one_by_one = [float(loss(mask[i : i + 1], logits[i : i + 1])) for i in range(len(mask))]
    assert float(loss(mask, logits)) == pytest.approx(np.mean(one_by_one), abs=1e-6)


def test_pixel_weights_of_zero_are_the_same_as_ignoring_a_class():
    mask, logits = random_batch()
    weight = (mask[..., 0] != 2).astype("float32")
    ignoring = DiceCrossEntropy(ignore_class=2)
    assert float(ignoring(mask, logits)) == pytest.approx(
        float(ignoring(mask, logits, sample_weight=weight)), abs=1e-6
    )
    border_logits_matter = logits.copy()
    border_logits_matter[mask[..., 0] == 2] += 5 * np.eye(3)[0]
    assert float(ignoring(mask, border_logits_matter)) == pytest.approx(
        float(ignoring(mask, logits)), abs=1e-6
    )


def test_image_weights_scale_the_images():
    mask, logits = random_batch(batch=2)
    loss = DiceLoss()
    first = float(loss(mask[:1], logits[:1]))
    weighted = float(loss(mask, logits, sample_weight=np.array([2.0, 0.0])))
    assert weighted == pytest.approx(first, abs=1e-6)


def test_mask_without_channel_axis_is_the_same():
    mask, logits = random_batch()
    loss = DiceCrossEntropy()
    assert float(loss(mask[..., 0], logits)) == pytest.approx(float(loss(mask, logits)))


@pytest.mark.parametrize(
    "mask",
    [
        np.zeros([4, 8, 8, 1]),
        np.zeros([4, 8, 8, 3], int),
        np.zeros([4, 8, 7, 1], int),
        np.zeros([4, 8], int),
    ],
    ids=["float", "one-hot", "other width", "no width"],
)
def test_a_mask_that_holds_no_ids_is_refused(mask):
    with pytest.raises(ValueError, match=r"the mask is .* but class ids must be integer"):
        DiceLoss()(mask, np.zeros([4, 8, 8, 3], "float32"))


@pytest.mark.parametrize("loss", [DiceLoss(2.0, ignore_class=1), DiceCrossEntropy(0.5)])
def test_config_round_trip(loss):
    again = type(loss).from_config(loss.get_config())
    mask, logits = random_batch()
    assert float(again(mask, logits)) == pytest.approx(float(loss(mask, logits)))

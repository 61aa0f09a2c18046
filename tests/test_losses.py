"""The losses against numbers worked out by hand and against Keras's own."""

import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

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


def dice_by_hand(mask, logits, weight, void, ignore_class=None):
    """The Dice loss in NumPy, image by image: the mean of those that have a pixel."""
    classes = logits.shape[-1]
    losses = []
    for ids, image, pixels, ignored in zip(mask[..., 0], logits, weight, void, strict=True):
        if ignored.all():
            continue
        if classes == 1:
            probability, scored = 1 / (1 + np.exp(-image)), [1]
        else:
            exponents = np.exp(image - image.max(axis=-1, keepdims=True))
            probability = exponents / exponents.sum(axis=-1, keepdims=True)
            scored = [i for i in range(classes) if i != ignore_class]
        of_image = pixels[~ignored].mean()
        relative = np.where(ignored, 0, pixels / of_image)
        dices = []
        for i in scored:
            p, t = probability[..., 0 if classes == 1 else i], ids == i
            in_common, total = (relative * p * t).sum(), (relative * (p + t)).sum()
            dices.append((2 * in_common + 1) / (total + 1))
        losses.append(of_image * (1 - np.mean(dices)))
    return np.mean(losses)


@settings(max_examples=25, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    num_classes=st.integers(2, 21),
    size=st.tuples(st.integers(1, 3), st.integers(1, 6), st.integers(1, 6)),
    void_share=st.floats(0, 0.9),
    inside=st.booleans(),
    weigh=st.sampled_from(["nothing", "images", "pixels"]),
)
def test_any_batch_agrees_with_keras_and_numpy(seed, num_classes, size, void_share, inside, weigh):
    rng = np.random.default_rng(seed)
    ignore_class = num_classes - 1 if inside and num_classes > 2 else 255
    mask = rng.integers(0, num_classes, (*size, 1))
    void = rng.random(size) < void_share
    void[0, 0, 0] = False
    mask[void] = ignore_class
    void = mask[..., 0] == ignore_class
    mask[0, 0, 0], void[0, 0, 0] = 0, False
    logits = rng.normal(size=(*size, 1 if num_classes == 2 else num_classes)).astype("float32")
    weight = np.ones(size)
    if weigh != "nothing":
        weight = rng.uniform(0.1, 3, size if weigh == "pixels" else (size[0], 1, 1))
    sample_weight = {"nothing": None, "images": weight.ravel(), "pixels": weight}[weigh]
    weight = np.broadcast_to(weight, size)
    if num_classes == 2:  # Keras ignores no class here.
        truth = mask[..., 0] == 1
        pixels = np.log1p(np.exp(-np.where(truth, 1, -1) * logits[..., 0]))
        entropy = (weight * pixels)[~void].sum() / (~void).sum()
    else:
        theirs = keras.losses.SparseCategoricalCrossentropy(True, ignore_class=ignore_class)
        entropy = float(theirs(mask, logits, sample_weight=weight))
    dice = dice_by_hand(mask, logits, weight, void, ignore_class)
    found = float(DiceLoss(ignore_class=ignore_class)(mask, logits, sample_weight))
    assert found == pytest.approx(dice, abs=1e-5)
    found = float(DiceCrossEntropy(ignore_class=ignore_class)(mask, logits, sample_weight))
    assert found == pytest.approx(entropy + dice, abs=2e-5)


@pytest.mark.parametrize("loss", [DiceLoss(ignore_class=255), DiceCrossEntropy(ignore_class=255)])
def test_an_image_of_ignored_pixels_only_is_left_out(loss):
    mask, logits = random_batch(batch=2)
    mask[1] = 255
    alone = float(loss(mask[:1], logits[:1]))
    assert float(loss(mask, logits)) == pytest.approx(alone, abs=1e-6)
    assert float(loss(mask[1:], logits[1:])) == 0


@pytest.mark.parametrize("ignore_class", [None, 2])
@pytest.mark.parametrize("loss", [DiceLoss, DiceCrossEntropy])
def test_weights_of_every_form_are_taken_alike(loss, ignore_class):
    mask, logits = random_batch(batch=2)
    loss = loss(ignore_class=ignore_class)
    images = np.array([0.5, 2.0], "float32")
    pixels = np.broadcast_to(images[:, None, None], mask.shape[:-1])
    expected = float(loss(mask, logits, images))
    assert expected != pytest.approx(float(loss(mask, logits)), abs=1e-3)
    for form in (images.tolist(), images[:, None], pixels, pixels[..., None]):
        assert float(loss(mask, logits, form)) == pytest.approx(expected, abs=1e-6)


def fit_once(mask):
    """Train for one step; return the loss."""
    model = keras.Sequential([keras.Input([8, 8, 3]), keras.layers.Conv2D(1, 1)])
    model.compile("sgd", DiceCrossEntropy())
    return model.fit(np.ones([2, 8, 8, 3]), mask, verbose=0).history["loss"][0]


def test_fit_says_in_its_first_step_that_a_mask_holds_no_ids():
    mask = np.zeros([2, 8, 8, 1], "uint8")
    assert np.isfinite(fit_once(mask))
    mask[:, 4:] = 255
    if keras.backend.backend() != "tensorflow":
        assert np.isnan(fit_once(mask))
        return
    with pytest.raises(Exception, match=r"the mask holds class ids from.*0.*to.*255.*mask > 127"):
        fit_once(mask)


@pytest.mark.parametrize("loss", [DiceLoss(2.0, ignore_class=1), DiceCrossEntropy(0.5)])
def test_config_round_trip(loss):
    again = type(loss).from_config(loss.get_config())
    mask, logits = random_batch()
    assert float(again(mask, logits)) == pytest.approx(float(loss(mask, logits)))


def test_masks_of_every_form_are_taken_alike():
    mask, logits = random_batch(num_classes=2)
    expected = float(DiceCrossEntropy()(mask, logits))
    for form in (mask[..., 0], mask == 1, mask.astype("uint8"), mask.astype("float32")):
        assert float(DiceCrossEntropy()(form, logits)) == pytest.approx(expected)

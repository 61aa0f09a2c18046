"""Prediction at the photo's own size."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from unetlab.metrics import MeanIoU
from unetlab.prediction import confusion_by_image, predict_logits, predict_mask


def red_detector(size=32, logits=1):
    """A model that calls red pixels class 1, or with three logits sorts by the largest channel."""
    image = keras.Input([size, size, 3])
    convolution = keras.layers.Conv2D(logits, 1, use_bias=logits == 1)
    model = keras.Model(image, convolution(image))
    if logits == 1:
        convolution.set_weights(
            [np.array([1.0, -0.5, -0.5]).reshape(1, 1, 3, 1), np.array([-127.5])]
        )
    else:
        convolution.set_weights([np.eye(3).reshape(1, 1, 3, 3)])
    return model


def red_disc(height, width):
    rows, columns = np.mgrid[:height, :width]
    disc = ((rows - height / 2) / height) ** 2 + ((columns - width / 2) / width) ** 2 < 0.1
    return np.where(disc[..., None], (255, 0, 0), (60, 60, 60)).astype("uint8"), disc[..., None]


@pytest.mark.parametrize("size", [(32, 32), (301, 200), (64, 640), (5, 7)])
def test_mask_has_the_photos_size_and_fits_it(size):
    image, disc = red_disc(*size)
    predicted_mask = predict_mask(red_detector(), image)
    assert (predicted_mask.shape, predicted_mask.dtype) == ((*size, 1), np.uint8)
    assert (predicted_mask == disc).mean() > 0.9


def test_enlarged_logits_have_smoother_edges_than_an_enlarged_mask():
    image, disc = red_disc(512, 512)
    predicted_mask = predict_mask(red_detector(), image)
    small = predict_mask(red_detector(), tf.image.resize(image, (32, 32), antialias=True).numpy())
    stairs = small.repeat(16, 0).repeat(16, 1)
    assert (predicted_mask != disc).sum() < 0.7 * (stairs != disc).sum()


def test_three_classes():
    image = np.zeros([40, 60, 3], "uint8")
    image[:, :20, 0] = image[:, 20:40, 1] = image[:, 40:, 2] = 200
    logits = predict_logits(red_detector(logits=3), image)
    assert (logits.shape, logits.dtype) == ((40, 60, 3), np.float32)
    predicted_mask = predict_mask(red_detector(logits=3), image)
    assert [predicted_mask[20, column, 0] for column in (5, 30, 55)] == [0, 1, 2]


def test_confusion_by_image_agrees_with_the_metric():
    examples = [red_disc(32, 32), red_disc(32, 32)]
    images = np.stack([image for image, _ in examples])
    masks = np.stack([disc for _, disc in examples]).astype("uint8")
    masks[1] = 0
    batches = tf.data.Dataset.from_tensor_slices((images, masks)).batch(1)
    confusion = confusion_by_image(red_detector(), batches, 2)
    assert confusion.shape == (2, 2, 2)
    assert confusion[0].sum() == confusion[1].sum() == 32 * 32
    assert confusion[1, 1].sum() == 0
    model = red_detector()
    model.compile(metrics=[MeanIoU(2)], loss="mse")
    total = confusion.sum(axis=0)
    iou = np.diag(total) / (total.sum(0) + total.sum(1) - np.diag(total))
    score = model.evaluate(batches, verbose=0, return_dict=True)["mean_iou"]
    assert score == pytest.approx(iou.mean(), abs=1e-6)


@pytest.mark.parametrize(
    ("image", "message"),
    [
        (np.zeros([8, 8], "uint8"), r"must be \[H, W, 3\]; turn grey into RGB"),
        (np.zeros([8, 8, 4], "uint8"), r"uint8 \(8, 8, 4\)"),
        (np.zeros([1, 8, 8, 3], "uint8"), "one image, not a batch"),
        (np.zeros([0, 8, 3], "uint8"), r"uint8 \(0, 8, 3\)"),
        (np.full([8, 8, 3], 0.5), r"must be in 0\.\.255; multiply an image in 0\.\.1 by 255"),
    ],
    ids=["grey", "alpha", "batch", "empty", "0..1"],
)
def test_other_arrays_are_refused(image, message):
    with pytest.raises(ValueError, match=message):
        predict_mask(red_detector(), image)

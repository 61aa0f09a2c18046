"""What learners hand over by mistake, and what would be wrong and look right: one sentence each.

What Python, NumPy and Keras refuse by themselves has no row here.
"""

import keras
import numpy as np
import pytest
import skimage.data
import tensorflow as tf

import unetlab
from unetlab.photo import put_on

IMAGE = np.full([8, 8, 3], 90, np.uint8)
SQUARE = np.zeros([8, 8], np.uint8)
SQUARE[2:6, 2:6] = 1
IDS = SQUARE[..., None]
PROBABILITY = np.full([8, 8, 1], 0.9, np.float32)
CUT_OUT = np.dstack([IMAGE, SQUARE])
BATCH, LOGITS, THREE = IDS[None].astype(int), np.zeros([1, 8, 8, 1]), np.zeros([1, 8, 8, 3])


def network(logits, activation=None, fill=None):
    layer = keras.layers.Conv2D(logits, 1, activation=activation)
    model = keras.Sequential([keras.Input([8, 8, 3]), layer])
    if fill is not None:
        model.set_weights([np.full_like(weight, fill) for weight in model.get_weights()])
    return model


ONE, SEVERAL, BROKEN = network(1), network(3), network(1, fill=np.nan)
UNPADDED = keras.Sequential([keras.Input([None, None, 3]), keras.layers.Conv2D(1, 3)])
SIGMOID, SOFTMAX = network(1, "sigmoid"), network(2, "softmax")
WITHIN = keras.Sequential([keras.Input([8, 8, 3]), keras.layers.Rescaling(1 / 255), SIGMOID])
BY_OPS = keras.Model(ONE.inputs, keras.ops.sigmoid(ONE.outputs[0]))


def batch_of(image, mask, **options):
    examples = tf.data.Dataset.from_tensors((image, mask))
    return next(iter(unetlab.prepare_batches(examples, 8, **options)))


def fit(model, loss, *metrics):
    model.compile("sgd", loss, metrics=list(metrics))
    model.fit(IMAGE[None], BATCH, verbose=0)


def score(metric, *batch):
    metric.update_state(*batch)
    return metric.result()


IN_0_1 = "0..255.* multiply an image in 0..1 by 255"
BINARY = "from 0 to 255, expected bool or integers 0 and 1: .* mask > 127"
ALPHA = "the alpha's values go from .* expected 0..1: turn logits into probabilities"
SHARE = "expected a share of the image's diagonal"
COLOUR = "expected red, green and blue in 0..255: .* multiply shares of 1 by 255"
GREY = r"expected \[H, W, 3\]: turn grey into RGB"
PROBABILITIES = "probabilities, expected logits"
FLOAT = "the logits are (int|uint)[0-9]+.*, expected .*float"

REFUSED = {
    # Images: in 0..1, grey, 16 bits, NaN, a batch for one
    "batch_of(IMAGE / 255, IDS)": "where 0..255 is expected",
    "batch_of(IMAGE * 257.0, IDS)": "where 0..255 is expected",
    "batch_of(IMAGE * np.nan, IDS)": "where 0..255 is expected",
    "unetlab.resize_example(IMAGE / 255, IDS, 4)": "0..255 is expected: multiply an image in 0..1",
    "unetlab.predict_mask(ONE, IMAGE / 255)": IN_0_1,
    "unetlab.predict_tiles(ONE, IMAGE / 255)": IN_0_1,
    "unetlab.confusion_by_image(ONE, [(IMAGE[None] / 255, BATCH)])": IN_0_1,
    "unetlab.cut_out(IMAGE / 255, SQUARE)": IN_0_1,
    "unetlab.show_samples([IMAGE / 255], [IDS], ['a', 'b'])": IN_0_1,
    "unetlab.predict_mask(ONE, IMAGE[..., 0])": GREY,
    "unetlab.predict_mask(ONE, IMAGE[None])": "one image, not a batch",
    "unetlab.predict_mask(ONE, 'photo.jpg')": "of a file, load_image's",
    "unetlab.predict_mask(ONE, IMAGE.astype('uint16') * 257)": "divide one of 16 bits by 257",
    "unetlab.predict_mask(ONE, IMAGE * np.float32('nan'))": "the place of NaN",
    "unetlab.show_pictures({'a': SQUARE})": "holds only 0 and 1, expected 0..255",
    "batch_of(CUT_OUT, IDS)": r"image is uint8 .* expected \[H, W, 3\]",
    "put_on(CUT_OUT / 255, (0, 0, 0))": "0..255",  # as Matplotlib reads a PNG
    "unetlab.photo.replace_background(IMAGE, SQUARE, IMAGE / 255)": "0..255",
    "batch_of(IMAGE[None], IDS[None])": r"pass single examples, examples.unbatch\(\)",
    "unetlab.label.rank_by_doubt(ONE, [IMAGE])": r"dict\(enumerate\(photos\)\)",
    # Masks: 0 and 255, colours, one-hot, floats, another size
    "batch_of(IMAGE, IDS * 255, num_classes=2)": "from.*0.*to.*255.*mask > 127",
    "batch_of(IMAGE, IDS * 2, class_weights=[1, 2])": "ids from.*0.*to.*2",
    "batch_of(IMAGE, IMAGE)": r"the mask is uint8 \(8, 8, 3\), expected \[H, W, 1\]",
    "batch_of(IMAGE, SQUARE)": r"mask\[\.\.\., None\]",
    "batch_of(IMAGE, IDS / 2)": "the mask float64, expected .* integer class ids",
    "batch_of(IMAGE[:4], IDS)": "pixels where one size is expected",
    "unetlab.DiceLoss()(BATCH * 255, LOGITS)": "ids from 0 to 255 where whole numbers from 0 to 1",
    "unetlab.DiceLoss()(BATCH + 2, THREE)": "ids from 2 to 3 where whole numbers from 0 to 2",
    "unetlab.DiceLoss()(np.eye(3, dtype=int)[BATCH[..., 0]], THREE)": "turn one-hot or colour",
    "score(unetlab.Dice(2), BATCH * 255, LOGITS)": "ids from 0 to 255 where whole numbers",
    "unetlab.confusion_by_image(ONE, [(IMAGE[None], BATCH[[0, 0]])])": "expected class ids",
    "unetlab.dice(SQUARE * 255, SQUARE)": BINARY,
    "unetlab.dice(SQUARE, SQUARE * 255)": f"the predicted mask is uint8 {BINARY}",
    "unetlab.dice(SQUARE, SQUARE[:4])": "predict at the photo's own size",
    "unetlab.score_boundary(SQUARE, SQUARE, 2)": SHARE,
    "unetlab.submission.encode_run_length(SQUARE * 255)": BINARY,
    "unetlab.label.simulate_corrections(SQUARE * 255, SQUARE)": BINARY,
    "unetlab.photo.scribbles_to_mask(IMAGE, IDS * 0 + 1)": "expected one inside and one outside",
    "unetlab.label.teach([IMAGE], [IDS * 0], image_size=32)": "expected a subject somewhere",
    # Logits: ids in their place, another number of classes, NaN
    "unetlab.DiceLoss()(BATCH, BATCH)": FLOAT,
    "score(unetlab.MeanIoU(2), BATCH, BATCH)": FLOAT,
    "unetlab.class_ids(IDS)": FLOAT,
    "unetlab.to_probability(IDS)": FLOAT,
    "unetlab.to_probability(SQUARE / 2)": r"add the axis of the classes with logits\[..., None\]",
    "unetlab.average_mirrored(lambda image: image, IMAGE)": "class ids have no average",
    "unetlab.dice_by_threshold(SQUARE, IDS, [0.5])": FLOAT,
    "unetlab.to_probability(PROBABILITY * np.nan)": "the logits hold NaN",
    "unetlab.predict_mask(BROKEN, IMAGE)": "the logits hold NaN",
    "unetlab.predict_tiles(BROKEN, IMAGE)": "the logits hold NaN",
    "unetlab.predict_mask(UNPADDED, IMAGE)": "the mask would not lie on the photo",
    "unetlab.confusion_by_image(BROKEN, [(IMAGE[None], BATCH)])": "the logits hold NaN",
    # Probabilities in the place of logits: all would be subject
    "unetlab.predict_mask(SIGMOID, IMAGE)": PROBABILITIES,
    "unetlab.predict_mask(WITHIN, IMAGE)": PROBABILITIES,
    "unetlab.predict_mask(BY_OPS, IMAGE)": PROBABILITIES,
    "unetlab.predict_tiles(SOFTMAX, IMAGE)": PROBABILITIES,
    "unetlab.confusion_by_image(SIGMOID, [(IMAGE[None], BATCH)])": PROBABILITIES,
    "fit(SIGMOID, unetlab.DiceLoss())": PROBABILITIES,
    "fit(SOFTMAX, 'mse', unetlab.Dice(2))": PROBABILITIES,
    "score(unetlab.Dice(2), BATCH, THREE)": "num_classes is 2, expected one number of classes",
    "unetlab.photo.predict_probability(SEVERAL, IMAGE)": "the model gives 3 logits",
    # Thresholds and shares: logits, percents and pixels in their place
    "unetlab.dice_by_threshold(SQUARE, PROBABILITY, [-1.0, 1.0])": "expected probabilities",
    "unetlab.photo.make_alpha(PROBABILITY, unetlab.photo.Look(threshold=5))": "threshold is 5",
    "unetlab.predict_mask(ONE, IMAGE, threshold=2.0)": "expected probabilities",
    "unetlab.write_submission(ONE, folder, folder / 's', 50)": "threshold is 50, expected a prob",
    "unetlab.photo.make_alpha(PROBABILITY * 255, unetlab.photo.Look())": ALPHA,
    "unetlab.cut_out(IMAGE, SQUARE * 255)": ALPHA,
    "unetlab.cut_out(IMAGE, SQUARE[:4])": "of the same height and width",
    "unetlab.photo.feather(SQUARE, 5)": SHARE,
    "unetlab.photo.blur_background(IMAGE, PROBABILITY, 20)": SHARE,
    "unetlab.predict_tiles(ONE, IMAGE, overlap=25)": "expected a share of a tile",
    "unetlab.Augmentation(shift=10)": "expected a share of the side",
    "unetlab.Augmentation(brightness=(-20, 20))": "expected factors",
    "unetlab.split_by_subject(['a', 'b'], 20)": "expected less than 1",
    # Colours in 0..1 are nearly black
    "put_on(CUT_OUT, (0.2, 0.5, 0.3))": COLOUR,
    "unetlab.photo.tint_background(IMAGE, SQUARE, (0.2, 0.5, 0.3))": COLOUR,
    # Names and classes
    "unetlab.build_unet('mobilenetv2')": "did you mean 'mobilenet_v2'",
    "unetlab.build_unet(image_size=100, weights=None)": "multiples of 32; use 96x96",
    "unetlab.make_picture(IMAGE, PROBABILITY, unetlab.photo.Look('sepia'))": "one of grey",
    "unetlab.Dice(3, class_id=3)": "class_id is 3, expected one of 0 to 2",
    "batch_of(IMAGE, IDS, class_weights=[1, 2], num_classes=3)": "one weight for each class",
    "unetlab.load_folder(folder, folder, class_names=['cat'])": "expected two or more, the backg",
    "unetlab.load_folder(folder, folder, class_names='cat')": "the background's first",
    "unetlab.prepare_batches(unetlab.load_pets('sample', (1, 1)), 8)": "pass data.train",
    # Nothing there
    "unetlab.prepare_batches(tf.data.Dataset.from_tensors((IMAGE, IDS)).take(0), 8)": (
        "there are no examples"
    ),
    "unetlab.load_folder(folder, folder)": "expected two or more",
    "unetlab.list_images(folder)": "holds no image",
}


@pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="elsewhere NaN says it")
@pytest.mark.parametrize("call", REFUSED)
def test_it_is_refused_in_one_sentence(call, tmp_path):
    with pytest.raises(
        (ValueError, OSError, tf.errors.InvalidArgumentError), match=f"(?s){REFUSED[call]}"
    ) as caught:
        eval(call, {**globals(), "folder": tmp_path})
    said = str(caught.value)
    if isinstance(caught.value, ValueError):  # TensorFlow wraps what goes wrong while it reads
        assert "\n" not in said and len(said) < 800


@pytest.mark.parametrize("last", [{"activation": "sigmoid"}, {}])
def test_a_sigmoid_is_taken_off_as_the_sentence_says(last, tmp_path):
    layers = [keras.layers.Conv2D(1, 1, **last)]
    layers += [] if last else [keras.layers.Activation("sigmoid")]
    model = keras.Sequential([keras.Input([8, 8, 3]), *layers])
    probability = model.predict_on_batch(IMAGE[None].astype(np.float32))
    model.layers[-1].activation = keras.activations.linear
    model.save(tmp_path / "model.keras")
    logits = unetlab.predict_logits(keras.saving.load_model(tmp_path / "model.keras"), IMAGE)
    np.testing.assert_allclose(unetlab.to_probability(logits), probability[0], rtol=1e-4)


def test_what_is_odd_and_right_is_taken():
    assert unetlab.dice(SQUARE.astype(bool), IDS) == 1
    black = np.zeros([8, 8, 3], np.float32)
    assert unetlab.predict_mask(ONE, black).shape == (8, 8, 1)
    rounded = IMAGE + np.float32(0.4)
    assert unetlab.predict_mask(ONE, rounded).shape == (8, 8, 1)
    assert np.isfinite(unetlab.predict_mask(ONE, skimage.data.cat())).all()
    _, mask = batch_of(IMAGE, IDS * 255, num_classes=2, ignore_class=255)
    assert set(np.unique(mask)) == {0, 255}
    assert put_on(CUT_OUT, (0, 0, 1)).shape == (8, 8, 3)  # whole numbers are levels

"""A model that left Keras predicts what it predicted before."""

import keras
import numpy as np
import pytest

from unetlab.saving import load_exported, save_model
from unetlab.unet import build_unet

NEEDED = {"onnx": ("tf2onnx", "onnxruntime"), "litert": ()}
NAMES = {"tf_saved_model": "saved", "onnx": "model.onnx", "litert": "model.tflite"}
pytestmark = pytest.mark.filterwarnings(
    "ignore:In the future `np.object`:FutureWarning",
    "ignore:.*tf.lite.Interpreter is deprecated.*",
)


def export(model, folder, file_format):
    for package in NEEDED.get(file_format, ()):
        pytest.importorskip(package, reason=f"{package} is not installed")
    try:
        return save_model(model, folder / NAMES[file_format], file_format)
    except ValueError as error:
        if "Unrecognized format" in str(error):
            pytest.skip(f"Keras {keras.__version__} does not write {file_format}")
        raise


@pytest.fixture
def model():
    """Build a small network with preprocessing, skips, batch norms and resizing, never called."""
    keras.utils.set_random_seed(0)
    image = keras.Input([64, 96, 3])
    x, features = image, []
    for channels in (4, 8):
        x = keras.layers.Conv2D(channels, 3, strides=2, padding="same", activation="relu")(x)
        features.append(x)
    encoder = keras.Model(image, features)
    return build_unet(encoder, 3, (64, 96), decoder="resize", filters=[8])


@pytest.mark.slow
@pytest.mark.parametrize("file_format", NAMES)
def test_exported_logits_are_those_of_keras(model, tmp_path, file_format):
    predict = load_exported(export(model, tmp_path, file_format))
    images = np.random.default_rng(0).integers(0, 256, [3, 64, 96, 3]).astype(np.uint8)
    for part in (images[:1], images, images[:2]):  # any number of images, also after another
        expected = model.predict(part, verbose=0)
        logits = predict(part)
        assert logits.dtype == np.float32 and logits.shape == expected.shape
        # Random weights give small logits: the tolerance goes by their spread.
        np.testing.assert_allclose(logits, expected, atol=1e-3 * expected.std())
        np.testing.assert_array_equal(logits.argmax(-1), expected.argmax(-1))
    with pytest.raises(ValueError, match=r"from 0 to 1, expected .* 0\.\.255"):
        predict(images / images.max())

"""Models, losses and metrics on Keras's other backends: their tests pass, and the numbers agree."""

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import keras
import numpy as np
import pytest

from unetlab.losses import DiceLoss
from unetlab.metrics import MeanIoU
from unetlab.prediction import predict_mask
from unetlab.unet import build_plain_unet, build_unet

TESTS = Path(__file__).parent
MODULES = ("unet", "losses", "metrics", "folding", "training")
# JAX compiles each operation anew for each shape, which takes nearly all of the time. Left out are
# the tests that build applications and encoders of six levels, and those of batches of any shape.
# The numbers of every decoder are compared below. PyTorch compiles nothing: it is spared only
# applications and what hypothesis makes up.
QUICK = {
    "jax": "not (tutorials_network or low_precision or deep or applications or folded or any_batch "
    "or any_depth or every_form or streamed_it_agrees or (fit_trains and not resize))",
    "torch": "not (low_precision or applications or any_batch)",
}
# Before that, PyTorch's transposed convolution lay a pixel beside the others', and with it the
# pix2pix decoder: https://github.com/keras-team/keras/pull/22876
PIX2PIX_AGREES = tuple(map(int, keras.__version__.split(".")[:2])) >= (3, 15)


@pytest.fixture(params=["jax", "torch"])
def backend(request):
    """Return the name of a backend that is installed; skip the test where it is not."""
    if importlib.util.find_spec(request.param) is None:
        pytest.skip(f"{request.param} is not installed")
    return request.param


def run_python(backend, *arguments):
    """Run Python on the backend, on the processor, and fail with its output where it fails."""
    environment = {**os.environ, "KERAS_BACKEND": backend, "CUDA_VISIBLE_DEVICES": ""}
    # What is compiled runs once, on a few pixels: to optimise it would take twice the time.
    environment["XLA_FLAGS"] = "--xla_backend_optimization_level=0"
    # PyTorch's threads wait for one another awake: beside other work, one alone is several times
    # as fast as two.
    environment["OMP_NUM_THREADS"] = "1"
    result = subprocess.run(
        [sys.executable, *arguments],
        cwd=TESTS,
        env=environment,
        capture_output=True,
        text=True,
        timeout=400,
    )
    assert result.returncode == 0, result.stdout[-6000:] + result.stderr[-3000:]


def save_examples(folder: Path) -> None:
    """Save models of every decoder with weights of every kind, an image, a mask and logits."""
    keras.utils.set_random_seed(0)
    rng = np.random.default_rng(0)
    image = keras.Input([32, 32, 3])
    fine = keras.layers.Conv2D(8, 3, strides=2, padding="same", activation="relu")(image)
    coarse = keras.layers.Conv2D(16, 3, strides=2, padding="same", activation="relu")(fine)
    encoder = keras.Model(image, [fine, coarse])
    models = {
        "pix2pix": build_unet("mobilenet_v2", image_size=32, weights=None),
        "resize": build_unet(encoder, image_size=32, decoder="resize"),
        "bilinear": build_unet(encoder, image_size=32, decoder="bilinear"),
        "plain": build_plain_unet(3, image_size=32, filters=(4, 8)),
    }
    for name, model in models.items():
        # Fresh batch norms do nothing: only numbers of their own tell whether they agree.
        model.set_weights([w + rng.uniform(-0.1, 0.1, w.shape) for w in model.get_weights()])
        model.save(folder / f"decoder_{name}.keras")
    np.savez(
        folder / "examples.npz",
        image=rng.integers(0, 256, (2, 32, 32, 3)).astype("uint8"),
        mask=rng.integers(0, 3, (2, 32, 32, 1)).astype("uint8"),
        logits=rng.normal(size=(2, 32, 32, 3)).astype("float32"),
    )


def work_on(folder: Path) -> None:
    """Write what the present backend makes of the examples, and a network that it trains."""
    examples = np.load(folder / "examples.npz")
    name = keras.backend.backend()
    # The same logits for all: one pixel whose class hangs on the last digit would move the IoU.
    mask, logits = examples["mask"], examples["logits"]
    mean_iou = MeanIoU(3)
    mean_iou.update_state(mask, logits)
    numbers = {"dice_loss": float(DiceLoss()(mask, logits)), "mean_iou": float(mean_iou.result())}
    for path in folder.glob("decoder_*.keras"):
        model = keras.saving.load_model(path, safe_mode=True)
        numbers[path.stem] = model.predict(examples["image"], verbose=0)
    np.savez(folder / f"{name}.npz", **numbers)
    model = build_plain_unet(3, image_size=32, filters=(4, 8))
    model.compile("adam", DiceLoss(), metrics=[MeanIoU(3)])
    model.fit(examples["image"], mask, verbose=0)
    model.save(folder / f"trained_on_{name}.keras")
    np.save(folder / f"masks_of_{name}.npy", [predict_mask(model, i) for i in examples["image"]])


@pytest.fixture(scope="module")
def examples(tmp_path_factory):
    """Return a folder with the examples and what this process's backend makes of them."""
    folder = tmp_path_factory.mktemp("examples")
    save_examples(folder)
    work_on(folder)
    return folder


def test_the_tests_of_models_losses_and_metrics_pass(backend):
    files = [f"test_{module}.py" for module in MODULES]
    run_python(backend, "-m", "pytest", "-p", "no:cacheprovider", "-k", QUICK[backend], *files)


def test_numbers_agree_and_a_model_trained_elsewhere_predicts_its_masks_here(backend, examples):
    # Both in one process, whose start takes longer than they do.
    program = f"import test_backends as t; t.work_on(t.Path({str(examples)!r}))"
    run_python(backend, "-c", program)
    expected = np.load(examples / f"{keras.backend.backend()}.npz")
    found = np.load(examples / f"{backend}.npz")
    assert set(found) == set(expected)
    different = set() if backend == "jax" or PIX2PIX_AGREES else {"decoder_pix2pix"}
    for name in set(expected) - different:
        scalar = expected[name].ndim == 0
        tolerance = 1e-5 if scalar else 1e-3
        assert scalar or expected[name].std() > 50 * tolerance
        np.testing.assert_allclose(found[name], expected[name], atol=tolerance, rtol=0)
    model = keras.saving.load_model(examples / f"trained_on_{backend}.keras")
    images = np.load(examples / "examples.npz")["image"]
    masks = np.load(examples / f"masks_of_{backend}.npy")
    assert len(np.unique(masks)) > 1
    # Two classes may be as likely as each other up to the last digit.
    assert np.mean([predict_mask(model, image) for image in images] == masks) > 0.999

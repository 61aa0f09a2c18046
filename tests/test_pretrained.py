"""Where weights come from: one network for all of them, an honest answer, and no fault hidden."""

import errno
import http.client
import sys
import urllib.error
from contextlib import redirect_stdout

import keras
import numpy as np
import pytest

from unetlab.encoders import build_encoder
from unetlab.pretrained import _HeldAnnouncement, build_application, starter_path, weights_of
from unetlab.unet import build_carvana_unet, build_plain_unet, build_unet

RANDOM = np.random.default_rng(0)
SHAPE = (32, 32, 3)
IMAGES = RANDOM.uniform(0, 255, [2, *SHAPE]).astype("float32")


def randomise(model):
    """Give every weight a value that matters; fresh batch norms would do nothing."""
    for weight in model.weights:
        scale = max(0.05, float(np.std(weight)))
        weight.assign(np.abs(RANDOM.normal(0, scale, weight.shape)) + 0.1 * scale)
    return model


def arrays_of(model, last):
    """Return a network's weights by name, in half precision, up to a layer."""
    names = [layer.name for layer in model.layers]
    return {
        f"{layer.name}/{variable.name}": np.float16(variable)
        for layer in model.layers[: names.index(last) + 1]
        for variable in layer.weights
    }


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """Write weights of MobileNetV2, as Keras does and as the starter's file holds them."""
    folder = tmp_path_factory.mktemp("weights")
    network = keras.applications.MobileNetV2(include_top=False, weights=None, input_shape=SHAPE)
    randomise(network).save_weights(folder / "file.weights.h5")
    np.savez(folder / "starter.npz", **arrays_of(network, "block_16_project_BN"))
    return folder


def list_weights(model):
    return [(weight.path, tuple(weight.shape), weight.trainable) for weight in model.weights]


def test_a_name_and_a_size_are_one_network_whatever_its_weights(files, tmp_path):
    random = build_encoder("mobilenet_v2", 32, weights=None)
    loaded = build_encoder("mobilenet_v2", 32, weights=files / "file.weights.h5")
    assert [weights_of(random), weights_of(loaded)] == ["random", "file"]
    assert [random.trainable, loaded.trainable] == [True, False]
    assert random.count_params() == loaded.count_params()
    loaded.trainable = True
    assert list_weights(random) == list_weights(loaded)
    loaded.save_weights(tmp_path / "one.weights.h5")
    assert np.abs(np.subtract(random(IMAGES)[-1], loaded(IMAGES)[-1])).max() > 0
    random.load_weights(tmp_path / "one.weights.h5")
    for found, expected in zip(random(IMAGES), loaded(IMAGES), strict=True):
        np.testing.assert_array_equal(found, expected)
    # And what came along is known, as are the batch norms that are not to move any more.
    assert weights_of(random) == "file"
    before = [np.array(weight) for weight in random.weights]  # copies, which get_weights may not be
    random(IMAGES, training=True)
    assert all((a == b).all() for a, b in zip(before, map(np.array, random.weights), strict=True))


def test_the_carvana_network_is_one_too(tmp_path):
    path = tmp_path / "resnet.weights.h5"
    keras.applications.ResNet50(include_top=False, weights=None).save_weights(path)
    random, loaded = (
        build_carvana_unet(image_size=32, weights=weights, filters=(8, 8, 4, 4, 4))
        for weights in (None, path)
    )
    assert [weights_of(random), weights_of(loaded)] == ["random", "file"]
    loaded.get_layer("encoder").trainable = True
    shapes = [[part[1:] for part in list_weights(model)] for model in (random, loaded)]
    assert shapes[0] == shapes[1]
    loaded.save_weights(tmp_path / "one.weights.h5")
    random.load_weights(tmp_path / "one.weights.h5")
    np.testing.assert_array_equal(random(IMAGES), loaded(IMAGES))


def test_origin_survives_copying_and_saving(tmp_path):
    image = keras.Input(SHAPE)
    own = keras.Model(image, keras.layers.Conv2D(4, 3, strides=2, padding="same")(image))
    for encoder, origin in ((own, "own model"), ("mobilenet_v2", "random")):
        model = build_unet(encoder, 2, 32, weights=None, decoder="resize")
        model.save(tmp_path / "model.keras")
        again = keras.saving.load_model(tmp_path / "model.keras", safe_mode=True)
        models = [model, model.get_layer("encoder"), keras.models.clone_model(model), again]
        assert [weights_of(part) for part in models] == [origin] * 4


def test_a_model_without_an_encoder_has_no_origin():
    with pytest.raises(ValueError, match="'plain_unet' has no encoder that says where"):
        weights_of(build_plain_unet(2, 16, (2, 4)))


def test_starter_weights_are_those_of_the_file(files):
    application = keras.applications.MobileNetV2
    model, origin = build_application(application, SHAPE, "starter", files / "starter.npz")
    assert origin == "starter"
    with np.load(files / "starter.npz") as arrays:
        for name in arrays.files:
            layer, _, variable = name.partition("/")
            (found,) = [v for v in model.get_layer(layer).weights if v.name == variable]
            np.testing.assert_array_equal(found, arrays[name].astype("float32"))


def test_the_packages_own_starter_is_whole_where_it_stands():
    if starter_path().is_file():
        encoder = build_encoder("mobilenet_v2", 32, weights="starter")
        assert weights_of(encoder) == "starter" and not encoder.trainable
        assert all(np.isfinite(features).all() for features in encoder(IMAGES))
    else:
        with pytest.raises(FileNotFoundError, match=r"weights is 'starter', .* no .*npz"):
            build_encoder("mobilenet_v2", 32, weights="starter")


def test_starter_of_an_encoder_that_has_none():
    with pytest.raises(ValueError, match=r"resnet50 has no starter weights; .*\(mobilenet_v2\)"):
        build_encoder("resnet50", 32, weights="starter")


def build_tiny(include_top=False, weights=None, input_shape=SHAPE, fault=None):
    """Build a small network in the manner of `keras.applications`; its ImageNet is the fault."""
    if weights == "imagenet" and fault:
        raise fault
    image = keras.Input(input_shape)
    x = keras.layers.Conv2D(4, 3, strides=2, padding="same", name="first")(image)
    x = keras.layers.BatchNormalization(name="norm")(x)
    return keras.Model(image, keras.layers.Conv2D(2, 3, name="last")(x), name="tiny")


@pytest.mark.parametrize(
    "change",
    [
        lambda arrays: arrays.pop("first/kernel"),
        lambda arrays: arrays.update({"second/kernel": np.zeros(2)}),
        lambda arrays: arrays.update({"first/bias": np.zeros(3)}),
    ],
    ids=["one is missing", "one too many", "another shape"],
)
def test_a_starter_file_of_other_arrays_is_refused(tmp_path, change):
    arrays = arrays_of(build_tiny(), "norm")
    change(arrays)
    np.savez(tmp_path / "starter.npz", **arrays)
    with pytest.raises(ValueError, match=r"starter\.npz holds \d arrays that do not fit the 8"):
        build_application(build_tiny, SHAPE, "starter", tmp_path / "starter.npz")


@pytest.mark.parametrize("kind", ["cut short", "empty", "pickled"])
def test_a_damaged_starter_file_is_named(tmp_path, kind):
    path, arrays = tmp_path / "starter.npz", arrays_of(build_tiny(), "norm")
    np.savez(path, **arrays if kind != "pickled" else {"first/kernel": np.array([{}, None])})
    if kind != "pickled":
        path.write_bytes(path.read_bytes()[:100] if kind == "cut short" else b"")
    with pytest.raises(ValueError, match=r"starter\.npz is damaged \(.+\); install unetlab again"):
        build_application(build_tiny, SHAPE, "starter", path)


def keras_exception(reason):
    """Return the bare exception that Keras makes of a failed download."""
    try:
        try:
            raise reason
        except urllib.error.URLError as error:
            raise Exception(f"URL fetch failure on https://x: None -- {error.reason}")  # noqa: B904
    except Exception as error:
        return error


NETWORK = {
    "no such host": keras_exception(urllib.error.URLError("Name or service not known")),
    "forbidden": keras_exception(urllib.error.HTTPError("https://x", 403, "Forbidden", {}, None)),
    "reset": ConnectionResetError(errno.ECONNRESET, "Connection reset by peer"),
    "silence": TimeoutError("timed out"),
    "cut short": http.client.IncompleteRead(b""),
}


def tiny_with(fault):
    def tiny(**arguments):
        return build_tiny(**arguments, fault=fault)

    return tiny


@pytest.mark.parametrize("name", NETWORK)
def test_without_a_network_the_next_best_weights_are_taken_and_said_once(name, tmp_path, capsys):
    application = tiny_with(NETWORK[name])
    application.__name__ = name.title().replace(" ", "")  # a line comes once for each encoder
    np.savez(tmp_path / "starter.npz", **arrays_of(build_tiny(), "norm"))
    kept = tmp_path / "starter.npz"
    found = [build_application(application, SHAPE, "auto", kept)[1] for _ in range(2)]
    assert found == ["starter", "starter"]
    (line,) = capsys.readouterr().out.splitlines()
    assert line.startswith(f"No ImageNet weights for {application.__name__} (")
    assert "starter weights" in line and "Connect to the internet" in line
    for starter in (None, tmp_path / "nothing.npz"):
        assert build_application(application, SHAPE, "auto", starter)[1] == "random"
    (line,) = capsys.readouterr().out.splitlines()
    assert "random weights" in line and "folded" not in line
    assert build_application(application, SHAPE, "auto", fold=True)[1] == "random"
    assert (
        "random weights and is trained whole, its batch norms not fold" in capsys.readouterr().out
    )
    with pytest.raises(ConnectionError, match=f"weights for {application.__name__} .*'auto'"):
        build_application(application, SHAPE, "imagenet", kept)


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), "No space left.*see to the disk"),
        (OSError("Unable to open file (truncated file)"), "truncated.*delete the damaged file"),
        (MemoryError("out of memory"), "out of memory"),
        (ValueError("Incomplete or corrupted file detected."), "Incomplete or corrupted"),
    ],
)
def test_other_faults_are_not_taken_for_a_missing_network(fault, message, capsys):
    with pytest.raises(type(fault), match=message):
        build_application(tiny_with(fault), SHAPE, "auto")
    assert capsys.readouterr().out == ""


@pytest.mark.filterwarnings("ignore:Skipping nested container")
def test_files_of_weights_that_do_not_help_are_named(tmp_path):
    with pytest.raises(FileNotFoundError, match="weights is 'imagnet', and there is no such file"):
        build_application(build_tiny, SHAPE, "imagnet")
    build_plain_unet(2, 16, (2, 4)).save_weights(tmp_path / "other.weights.h5")
    (tmp_path / "text.weights.h5").write_text("no weights")
    for name in ("other", "text"):
        with pytest.raises(ValueError, match=rf"{name}\.weights\.h5 does not hold the weights of"):
            build_application(build_tiny, SHAPE, str(tmp_path / f"{name}.weights.h5"))


def write_efficientnet(path, mean, deviation):
    """Write random weights as Keras's file holds them, with the normalization of its images."""
    application = keras.applications.EfficientNetB0
    network = randomise(application(include_top=False, weights=None, input_shape=SHAPE))
    (norm,) = [layer for layer in network.layers if type(layer) is keras.layers.Normalization]
    norm.set_weights([np.array(mean), np.array(deviation), np.array(1)])
    network.save_weights(path)


def test_efficientnet_weights_mean_the_same_from_a_file_as_from_keras(tmp_path, monkeypatch):
    path = tmp_path / "b0.weights.h5"
    write_efficientnet(path, [0.485, 0.456, 0.406], [0.229, 0.224, 0.225])
    application = keras.applications.EfficientNetB0
    # Keras would download this file; all after that is Keras's own.
    module = __import__("sys").modules[application.__module__]
    monkeypatch.setattr(module.file_utils, "get_file", lambda *_, **__: str(path))
    keras_own = application(include_top=False, weights="imagenet", input_shape=SHAPE)
    imagenet, file, random = (
        build_encoder("efficientnet_b0", 32, weights=weights)
        for weights in ("imagenet", str(path), None)
    )
    assert [weights_of(encoder) for encoder in (imagenet, file, random)] == [
        "imagenet", "file", "random"
    ]  # fmt: skip
    expected = np.array(keras_own(IMAGES))
    scale = expected.std()
    np.testing.assert_allclose(file(IMAGES)[-1] / scale, expected / scale, atol=1e-3)
    np.testing.assert_array_equal(file(IMAGES)[-1], imagenet(IMAGES)[-1])
    file.save_weights(tmp_path / "one.weights.h5")
    random.load_weights(tmp_path / "one.weights.h5")
    np.testing.assert_allclose(random(IMAGES)[-1] / scale, expected / scale, atol=1e-3)
    # Keras's set_weights leaves a Normalization as it was: there must be none to be left.
    copy = keras.models.clone_model(file)
    copy.set_weights(file.get_weights())
    np.testing.assert_array_equal(copy(IMAGES)[-1], file(IMAGES)[-1])


def test_efficientnet_of_ones_own_keeps_its_plain_scaling(tmp_path):
    write_efficientnet(tmp_path / "b0.weights.h5", [0.0] * 3, [1.0] * 3)
    application = keras.applications.EfficientNetB0
    expected = application(
        include_top=False, weights=tmp_path / "b0.weights.h5", input_shape=SHAPE
    )(IMAGES)
    found = build_encoder("efficientnet_b0", 32, weights=tmp_path / "b0.weights.h5")(IMAGES)[-1]
    np.testing.assert_allclose(found, expected, atol=1e-3 * np.std(expected))


def test_a_download_that_comes_is_announced_with_its_progress(tmp_path, capsys):
    (tmp_path / "weights.h5").write_bytes(b"1" * 100_000)
    with redirect_stdout(_HeldAnnouncement(sys.stdout)):
        keras.utils.get_file("copy.h5", (tmp_path / "weights.h5").as_uri(), cache_dir=tmp_path)
    printed = capsys.readouterr().out
    assert printed.startswith("Downloading data from file:") and "100000" in printed

"""A full disk and a folder that may not be written to: one sentence, and nothing half-written."""

import os
import tempfile
from contextlib import contextmanager
from pathlib import Path

import keras
import numpy as np
import pytest
from PIL import Image

from unetlab.annotations import load_annotations, save_annotations
from unetlab.data import load_folder
from unetlab.drawn import save_scenes
from unetlab.export import load_exported
from unetlab.label import LabelFolder
from unetlab.photo import Studio
from unetlab.resuming import ResumeTraining
from unetlab.saving import save_model, write_whole

resource = pytest.importorskip("resource", reason="this system has no limits to set")

NOISE = np.random.default_rng(0).integers(0, 256, (40, 60, 3), np.uint8)
IDS = NOISE[..., :1] % 2


@contextmanager
def disk_full_after(size):
    """Let every write beyond so many bytes of a file fail, as on a full disk."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@contextmanager
def not_allowed(folder):
    """Take away the right to write; root, who may do all, is nobody meanwhile."""
    folder.chmod(0o555)
    is_root = os.geteuid() == 0
    if is_root:
        os.seteuid(65534)
    try:
        yield
    finally:
        if is_root:
            os.seteuid(0)
        folder.chmod(0o755)


@pytest.fixture
def folder():
    """Return an empty folder that anybody may look into."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


@pytest.fixture(scope="module")
def model():
    return keras.Sequential([keras.Input([16, 16, 3]), keras.layers.Conv2D(50, 5, name="conv")])


def keep_epoch(folder, model):
    resume = ResumeTraining(folder / "kept")
    model.compile("sgd", "mse")
    resume.set_model(model)
    resume.on_epoch_end(0, {"loss": 1.0})


def save_picture(folder):
    network = keras.Sequential([keras.Input([32, 32, 3]), keras.layers.Conv2D(1, 1)])
    studio = Studio(network, {"noise": NOISE}, folder / "pictures")
    studio.strength.value = 0.0
    if not studio.save_picture():
        assert 'download="noise_grey_world.png"' in studio.message.value
        raise OSError(studio.message.value)


def label(folder):
    if not (folder / "a.png").exists():
        Image.fromarray(NOISE).save(folder / "a.png")
    photos = LabelFolder(folder)
    try:
        photos.save_mask("a", IDS)
    finally:
        photos.close()


def export_onnx(folder, model):
    pytest.importorskip("tf2onnx", reason="tf2onnx is not installed")
    model(np.zeros([1, 16, 16, 3]))  # Keras exports no model that was never called.
    save_model(model, folder / "a.onnx", "onnx")


EXAMPLES = [(NOISE, IDS), (255 - NOISE, IDS)]
CLASSES = ("background", "cat")
# What saves, and what it saves under which name.
WRITERS = {
    "keras": (lambda folder, model: save_model(model, folder / "a.keras"), "a.keras"),
    "saved_model": (lambda folder, model: save_model(model, folder / "a", "tf_saved_model"), "a"),
    "litert": (lambda folder, model: save_model(model, folder / "a.tflite", "litert"), "a.tflite"),
    "onnx": (export_onnx, "a.onnx"),
    "epoch": (keep_epoch, "kept/epoch_000001"),
    "studio": (lambda folder, model: save_picture(folder), "pictures/noise_grey_world.png"),
    "coco": (
        lambda folder, model: save_annotations(EXAMPLES, folder / "set", "coco", CLASSES),
        "set",
    ),
    "png": (
        lambda folder, model: save_annotations(EXAMPLES, folder / "set", "png", CLASSES),
        "set",
    ),
    "png beside": (
        lambda folder, model: save_annotations(EXAMPLES, folder, "png", CLASSES),
        "class_names.txt",
    ),
    "scenes": (lambda folder, model: save_scenes(folder, "cars", 2, 64), "photos/drawn0000.jpg"),
    "label": (lambda folder, model: label(folder), "masks/a.png"),
}


def files_in(folder):
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("kind", WRITERS)
def test_a_full_disk_is_said_and_nothing_half_written_is_left(kind, folder, model):
    write, name = WRITERS[kind]
    if kind == "label":  # its photo and its names are there before
        write(folder, model)
        (folder / name).unlink()
    before = files_in(folder)
    with disk_full_after(350), pytest.raises(OSError) as caught:
        write(folder, model)
    said = str(caught.value)
    assert str(folder / name) in said and "(File too large)" in said, said
    assert "free some space" in said or "make room" in said, said
    assert "\n" not in said and files_in(folder) == before
    write(folder, model)  # As if nothing had been.
    whole = files_in(folder)
    assert folder / name in whole or any((folder / name).rglob("*"))
    assert not [path for path in whole if ".part" in str(path)]
    if kind in ("coco", "png", "png beside"):
        return  # An earlier set is never written over.
    with disk_full_after(350), pytest.raises(OSError, match="what was there before is there still"):
        write(folder, model)
    assert files_in(folder) == whole


@pytest.mark.parametrize("kind", WRITERS)
def test_a_folder_that_may_not_be_written_to_is_said(kind, folder, model):
    write, _ = WRITERS[kind]
    (elsewhere := folder / "elsewhere").mkdir()
    write(elsewhere, model)  # What it imports is imported, and it works.
    (here := folder / "here").mkdir()
    if kind == "label":
        Image.fromarray(NOISE).save(here / "a.png")
    before = files_in(here)
    with not_allowed(here), pytest.raises(OSError) as caught:
        write(here, model)
    said = str(caught.value)
    assert str(here) in said and "Permission denied" in said and "\n" not in said, said
    assert "may be written to" in said or "copy the photos to a folder of your own" in said, said
    assert files_in(here) == before


def test_what_was_saved_is_read_again(folder, model):
    path = save_model(model, folder / "a.keras")
    images = np.float32(NOISE[None, :16, :16])
    expected = model.predict_on_batch(images)
    again = keras.saving.load_model(path)
    np.testing.assert_allclose(again.predict_on_batch(images), expected, atol=1e-4)
    # An earlier export is replaced as a whole: nothing of it stays.
    (folder / "b" / "stray").mkdir(parents=True)
    path = save_model(model, folder / "b", "tf_saved_model")
    np.testing.assert_allclose(load_exported(path)(images), expected, atol=1e-3)
    assert not (path / "stray").exists() and sorted(os.listdir(folder)) == ["a.keras", "b"]
    save_scenes(folder / "scenes", "cars", 3, 64)
    load_folder(folder / "scenes/photos", folder / "scenes/masks")
    path = save_annotations(EXAMPLES, folder / "new/set", "coco", CLASSES)
    load_annotations(path, folder / "new/set/images", test_share=0.5)


def test_what_a_kill_left_is_cleared_away(folder):
    (folder / ".part_a").mkdir()
    (folder / ".part_a" / "half").write_text("half")
    with write_whole(folder / "a") as beside:
        beside.write_text("whole")
    assert os.listdir(folder) == ["a"] and (folder / "a").read_text() == "whole"


def test_another_error_stays_what_it_is_and_leaves_nothing(folder):
    with pytest.raises(KeyError), write_whole(folder / "a") as beside:
        beside.write_text("half")
        raise KeyError("b")
    with pytest.raises(OSError, match=r"^the photo is gone$"), write_whole(folder / "a"):
        raise OSError("the photo is gone")
    assert os.listdir(folder) == []


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("a.h5",), "path is 'a.h5', expected a name that ends in .keras"),
        ((None,), "path is None, expected a path"),
    ],
)
def test_a_wrong_name_is_refused(model, arguments, said):
    with pytest.raises(ValueError, match=said):
        save_model(model, *arguments)

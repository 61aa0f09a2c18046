"""A full disk, a kill, a folder that may not be written to: nothing half-written is left."""

import os

import keras
import numpy as np
import pytest

from unetlab.saving import load_exported, save_model, write_whole
from unetlab.training import ResumeTraining


@pytest.fixture(scope="module")
def model():
    return keras.Sequential([keras.Input([16, 16, 3]), keras.layers.Conv2D(50, 5, name="conv")])


def keep_epoch(model, folder):
    model.compile("sgd", "mse")
    resume = ResumeTraining(folder / "kept")
    resume.set_model(model)
    resume.on_epoch_end(0, {"loss": 1.0})


WRITERS = {
    "keras": lambda model, folder: save_model(model, folder / "a.keras"),
    "saved_model": lambda model, folder: save_model(model, folder / "a", "tf_saved_model"),
    "litert": lambda model, folder: save_model(model, folder / "a.tflite", "litert"),
    "epoch": keep_epoch,
}


def files_in(folder):
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


EXPORTS = [pytest.param(kind, marks=pytest.mark.slow) for kind in ("saved_model", "litert")]


@pytest.mark.parametrize("kind", ["keras", "epoch", *EXPORTS])
def test_a_full_disk_leaves_what_was_there_before(kind, tmp_path, model, disk_full_after):
    write = WRITERS[kind]
    for _ in range(2):  # nothing yet, then an earlier one
        before = files_in(tmp_path)
        with disk_full_after(350), pytest.raises(Exception, match="File too large"):
            write(model, tmp_path)
        assert files_in(tmp_path) == before
        write(model, tmp_path)
    assert before and not [path for path in files_in(tmp_path) if ".part" in str(path)]


def test_what_was_saved_is_read_again(tmp_path, model):
    path = save_model(model, tmp_path / "a.keras")
    images = np.random.default_rng(0).uniform(0, 255, [1, 16, 16, 3]).astype(np.float32)
    expected = model.predict_on_batch(images)
    again = keras.saving.load_model(path)
    np.testing.assert_allclose(again.predict_on_batch(images), expected, atol=1e-4)
    # An earlier export is replaced as a whole: nothing of it stays.
    (tmp_path / "b" / "stray").mkdir(parents=True)
    path = save_model(model, tmp_path / "b", "tf_saved_model")
    np.testing.assert_allclose(load_exported(path)(images), expected, atol=1e-3)
    assert not (path / "stray").exists() and sorted(os.listdir(tmp_path)) == ["a.keras", "b"]


def test_what_a_kill_left_is_cleared_away(tmp_path):
    (tmp_path / ".part_a").mkdir()
    (tmp_path / ".part_a" / "half").write_text("half")
    with write_whole(tmp_path / "a") as beside:
        beside.write_text("whole")
    assert os.listdir(tmp_path) == ["a"] and (tmp_path / "a").read_text() == "whole"


def test_what_stops_the_writing_is_said_and_another_error_stays_what_it_is(tmp_path):
    (tmp_path / "file").write_text("no folder")
    with (
        pytest.raises(OSError, match="file/a cannot be written"),
        write_whole(tmp_path / "file" / "a") as beside,
    ):
        beside.write_text("a")
    with pytest.raises(KeyError), write_whole(tmp_path / "b") as beside:
        beside.write_text("half")
        raise KeyError("b")
    assert os.listdir(tmp_path) == ["file"]

"""The page's one model: each visitor gets the answer to his own photo, and its end is said."""

import os
import subprocess
import sys
import threading
from multiprocessing.connection import Client
from pathlib import Path

import keras
import numpy as np
import psutil
import pytest
import skimage.data
from unetlab.photo.shared_model import ADDRESS, SharedModel

import unetlab.photo
from unetlab.photo import shared_model
from unetlab.photo.looks import predict_probability
from unetlab.photo.studio import Studio, load_studio

ROOM = Path(unetlab.photo.__file__).parent
KEEPER = "import sys; from page import keep_model; keep_model(sys.argv[1])"
VISITOR = """
import sys
import numpy as np
from unetlab.photo import load_studio

path, folder, seed = sys.argv[1:]
studio, answers = load_studio(path, folder), []
studio.gallery["own"] = np.random.default_rng(int(seed)).integers(0, 256, [90, 120, 3], np.uint8)
studio.photo.options = list(studio.gallery)
for _ in range(5):
    studio.photo.value = "own"
    assert "own, 120 x 90 pixels" in studio.message.value, studio.message.value
    answers.append(studio._probability)
    studio.photo.value = "chelsea"
np.save(f"{folder}/{seed}.npy", answers)
print(sorted({"tensorflow", "keras"} & set(sys.modules)), studio.about.value)
"""


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    """Keep a model's process as the page does; end both as if the page were killed."""
    address = str(tmp_path_factory.mktemp("page") / "model")
    command = [sys.executable, "-c", KEEPER, address]
    keeper = subprocess.Popen(command, cwd=ROOM, env={**os.environ, "PYTHONPATH": python_path()})
    yield address, psutil.Process(keeper.pid)
    models = psutil.Process(keeper.pid).children()
    keeper.kill()
    keeper.wait()
    assert not psutil.wait_procs(models, timeout=30)[1], "the model's process stays behind"


def python_path():
    return os.pathsep.join([str(ROOM.parent.parent), os.environ.get("PYTHONPATH", "")])


@pytest.fixture(scope="module")
def bright(tmp_path_factory):
    """Save a model that takes bright pixels for the subject; return it with its path."""
    model = keras.Sequential([keras.Input([32, 32, 3]), keras.layers.Conv2D(1, 1)])
    model.set_weights([np.full([1, 1, 3, 1], 1 / 30), np.array([-12.0])])
    path = tmp_path_factory.mktemp("models") / "bright.keras"
    model.save(path)
    return model, path


def photo_of(seed):
    return np.random.default_rng(seed).integers(0, 256, [90, 120, 3], np.uint8)


def test_visitors_at_once_get_their_own_answers_without_tensorflow(page, bright, tmp_path):
    model, path = bright
    environment = {**os.environ, ADDRESS: page[0], "PYTHONPATH": python_path()}
    visitors = [
        subprocess.Popen(
            [sys.executable, "-c", VISITOR, path, tmp_path, str(seed)],
            env=environment,
            stdout=subprocess.PIPE,
            text=True,
        )
        for seed in range(3)
    ]
    for seed, visitor in enumerate(visitors):
        printed, _ = visitor.communicate(timeout=300)
        assert visitor.returncode == 0
        assert printed.strip() == f"[] <small>Model: {path}, as notebook 04 saved it.</small>"
        expected = predict_probability(model, photo_of(seed))
        assert np.ptp(expected) > 0.1
        for answer in np.load(tmp_path / f"{seed}.npy"):
            np.testing.assert_allclose(answer, expected, atol=1e-5)


class Connected(SharedModel):
    """Says when it has reached the process."""

    def _connect(self):
        connection = super()._connect()
        self.reached.set()
        return connection


def test_a_killed_model_is_said_and_comes_back(page, bright, tmp_path):
    address, keeper = page
    model = Connected(address, bright[1])
    model.reached = threading.Event()
    gallery = {str(seed): photo_of(seed) for seed in range(3)}
    studio = Studio(model, gallery, tmp_path, lambda: model.about)
    before = studio.picture
    (process,) = keeper.children()
    process.suspend()  # so that the photo is surely under way
    model.reached.clear()
    visit = threading.Thread(target=setattr, args=[studio.photo, "value", "1"])
    visit.start()
    assert model.reached.wait(60)
    process.kill()
    visit.join(60)
    assert "1 cannot be shown: the model&#x27;s process ended while it" in studio.message.value
    assert "send the photo once more." in studio.message.value
    assert studio.photo.value == "0" and studio.picture is before
    studio.photo.value = "1"  # waits until it is there again
    assert "1, 120 x 90 pixels" in studio.message.value
    expected = predict_probability(bright[0], gallery["1"])
    np.testing.assert_allclose(studio._probability, expected, atol=1e-5)
    assert keeper.children()[0].pid != process.pid


def test_what_goes_wrong_in_the_process_is_said_and_it_goes_on(page, bright, tmp_path):
    address, keeper = page
    (tmp_path / "broken.keras").write_text("no model")
    layers = [keras.Input([32, 32, 3]), keras.layers.Conv2D(3, 1)]
    keras.Sequential(layers).save(tmp_path / "three.keras")
    for name, reason in (("broken", "broken.keras"), ("three", "the model gives 3 logits")):
        with pytest.raises(RuntimeError, match=reason):
            SharedModel(address, tmp_path / f"{name}.keras")(photo_of(0))
    before = keeper.children()  # started by the first of these, or by a test before
    image = np.zeros([4000, 4000, 3], np.uint8)
    with pytest.raises(ValueError, match="the image has 48 MB, expected 40 at most: make it smal"):
        SharedModel(address, bright[1])(image)
    with Client(address) as silent, Client(address) as too_long, Client(address) as no_photo:
        too_long.send_bytes(bytes(12_000))
        no_photo.send_bytes(str(bright[1]).encode())
        no_photo.send_bytes(b"no photo")
        answer = SharedModel(address, bright[1])(photo_of(0))
        assert "no photo" not in no_photo.recv() and not silent.poll()
    np.testing.assert_allclose(answer, predict_probability(bright[0], photo_of(0)), atol=1e-5)
    assert keeper.children() == before


def test_a_page_made_ready_before_the_model_was_saved_shows_the_model(
    page, bright, tmp_path, monkeypatch
):
    monkeypatch.setenv(ADDRESS, page[0])
    path = tmp_path / "new.keras"
    studio = load_studio(path, tmp_path)
    assert f"there is none at {path} yet" in studio.about.value
    starters = studio._probability
    studio._view_count = 1
    assert studio._probability is starters
    bright[0].save(path)
    studio._view_count = 2
    assert f"Model: {path}, as notebook 04 saved it" in studio.about.value
    expected = predict_probability(bright[0], skimage.data.cat())
    np.testing.assert_allclose(studio._probability, expected, atol=1e-5)


def test_a_process_that_is_silent_or_not_there_is_said(page, bright, tmp_path, monkeypatch):
    address, keeper = page
    SharedModel(address, bright[1])(photo_of(0))  # it is there
    monkeypatch.setattr(shared_model, "SECONDS", 0.3)
    (process,) = keeper.children()
    process.suspend()
    try:
        with pytest.raises(RuntimeError, match=r"has said nothing for 0.3 seconds: try once more"):
            SharedModel(address, bright[1])(photo_of(0))
    finally:
        process.resume()
    with pytest.raises(RuntimeError, match=r"not be reached for 0.3 seconds: start the page again"):
        SharedModel(str(tmp_path / "nobody"), bright[1])(photo_of(0))

"""The studio: its controls change the picture, errors are words, and it goes on working."""

import io
from itertools import pairwise
from pathlib import Path

import keras
import numpy as np
import pytest
import skimage.data
from PIL import Image

from unetlab.photo import Studio, load_studio, predict_probability
from unetlab.saving import keep_run


@keras.saving.register_keras_serializable()
class Counting(keras.Sequential):
    """A model that counts how often it is asked."""

    asked = 0

    def predict_on_batch(self, x):
        """Predict as any model."""
        self.asked += 1
        return super().predict_on_batch(x)


@pytest.fixture
def model():
    """Bright pixels are the subject."""
    model = Counting([keras.Input([32, 32, 3]), keras.layers.Conv2D(1, 1)])
    model.set_weights([np.full([1, 1, 3, 1], 1 / 30), np.array([-12.0])])
    return model


@pytest.fixture
def gallery():
    """A bright disc on a dark, coloured ground, twice, in two sizes."""
    pictures = {}
    for name, (height, width) in {"small": (60, 80), "large": (900, 1200)}.items():
        y, x = np.mgrid[:height, :width]
        disc = np.hypot(y - height / 2, x - width / 2) < height / 4
        image = np.full([height, width, 3], (10, 20, 90), np.uint8)
        image[disc] = (250, 240, 230)
        pictures[name] = image
    return pictures


@pytest.fixture
def studio(model, gallery):
    studio = Studio(model, gallery)
    studio.sent = []
    studio.preview.send = lambda content, buffers: studio.sent.append((content["name"], *buffers))
    return studio


def shown(studio):
    return np.asarray(Image.open(io.BytesIO(studio.preview.value)).convert("RGB"))


def upload(studio, name, content):
    studio.preview._handle_custom_msg({"name": name}, [memoryview(content)])


def stroke(studio, hand, *points):
    index = studio.hand.options.index(hand)
    said = {"points": points, "hand": index, "alt": studio.preview.alt}
    studio.preview._handle_custom_msg(said, [])


def png(image):
    buffer = io.BytesIO()
    Image.fromarray(image).save(buffer, "PNG")
    return buffer.getvalue()


def test_the_first_photo_is_shown_with_a_grey_world(studio, gallery):
    picture = shown(studio).astype(int)
    assert np.ptp(picture[2, 2]) <= 6  # JPEG's rounding aside, grey.
    assert np.abs(picture[30, 40] - gallery["small"][30, 40]).max() <= 6
    assert "small, 80 x 60" in studio.message.value


def test_controls_change_the_picture_without_asking_the_model(studio):
    asked = studio.model.asked
    pictures = [studio.picture]
    for control, value in (
        (studio.strength, 0.5),
        (studio.feather, 0.03),
        (studio.effect, "tinted"),
        (studio.colour, "red"),
        (studio.threshold, 0.98),
    ):
        control.value = value
        pictures.append(studio.picture)
    assert all((one != other).any() for one, other in pairwise(pictures[:-1]))
    assert studio.look.threshold == 0.98 and studio.model.asked == asked
    studio.photo.value = "large"
    assert studio.model.asked > asked


def test_large_photos_are_previewed_small_and_saved_at_their_own_size(studio, gallery):
    studio.photo.value = "large"
    assert max(shown(studio).shape) == 800
    said = []
    studio.message.observe(lambda change: said.append(change["new"]), "value")
    studio.save.click()
    ((name, content),) = studio.sent
    assert name == "large_grey_world.png"
    assert "Making large_grey_world.png, 1200 x 900 pixels" in said[0]
    assert said[1] == '<span role="status">large_grey_world.png is among your downloads.</span>'
    saved = np.asarray(Image.open(io.BytesIO(content)))
    assert saved.shape == (900, 1200, 3)
    np.testing.assert_array_equal(saved[450, 600], gallery["large"][450, 600])
    assert np.ptp(saved[0, 0]) == 0


def test_only_controls_that_the_effect_asks_for_are_shown(studio, gallery):
    noise = np.random.default_rng(0).integers(0, 90, gallery["small"].shape, np.uint8)
    upload(studio, "a.png", png(np.where(gallery["small"] > 200, gallery["small"], noise)))
    shown = {}
    for effect in studio.effect.options:
        studio.effect.value = effect
        pictures = [studio.picture]
        for control, value in ((studio.strength, 0.5), (studio.colour, "#ff0000")):
            before, control.value = control.value, value
            pictures.append(studio.picture)
            control.value = before
        moved = [(one != pictures[0]).any() for one in pictures[1:]]
        shown[effect] = [one.layout.display != "none" for one in (studio.strength, studio.colour)]
        assert shown[effect] == moved, effect
    assert len({*map(tuple, shown.values())}) == 4


def test_a_photo_without_a_subject_is_said(studio, gallery):
    upload(studio, "night.png", png(gallery["small"] // 9))
    assert "night, 80 x 60 pixels: no subject is found" in studio.message.value


def test_a_second_animal_that_is_left_out_is_said_until_it_is_kept(studio, gallery):
    two = np.concatenate([gallery["small"], gallery["small"]], axis=1)
    upload(studio, "two.png", png(two))
    assert "two, 160 x 60 pixels: another piece is left out" in studio.message.value
    studio.one_piece.value = False
    assert "left out" not in studio.message.value
    studio.one_piece.value = True
    one = gallery["small"].copy()
    one[2:10, 2:10] = 255  # a speck, which the network finds
    upload(studio, "one.png", png(one))
    assert "left out" not in studio.message.value


def test_strokes_correct_the_mask_at_any_size_until_they_are_undone(studio, gallery):
    two = gallery["large"].copy()
    two[60:180, 60:180] = (250, 240, 230)  # left out, as the subject is in one piece
    upload(studio, "two.png", png(two))
    without = studio.picture
    assert np.ptp(without[80, 80]) == 0
    stroke(studio, "This too", (0.08, 0.13), (0.12, 0.13))
    np.testing.assert_array_equal(studio.picture[80, 80], two[120, 120])
    studio.save.click()
    saved = np.asarray(Image.open(io.BytesIO(studio.sent[0][1])))
    np.testing.assert_array_equal(saved[70:170, 70:170], two[70:170, 70:170])
    assert not np.ptp(saved[:50, :50], axis=-1).any() and not np.ptp(saved[190:, :50]).any()
    before = studio.picture
    assert studio.threshold.disabled and studio.one_piece.disabled
    stroke(studio, "Not this", (0.5, 0.5))
    assert (studio.picture != before).any()
    studio.undo.click()
    np.testing.assert_array_equal(studio.picture, before)
    studio.undo.click()
    np.testing.assert_array_equal(studio.picture, without)
    assert studio.undo.disabled and not studio.threshold.disabled


def test_strokes_stay_with_their_photo(studio, gallery):
    without, alt = studio.picture, studio.preview.alt
    stroke(studio, "Not this", (0.5, 0.5), (0.55, 0.5))
    assert (studio.picture != without).any()
    studio.photo.value = "large"
    large = studio.picture
    late = {"points": [(0.5, 0.5)], "hand": 2, "alt": alt}
    studio.preview._handle_custom_msg(late, [])
    np.testing.assert_array_equal(studio.picture, large)
    studio.photo.value = "small"
    np.testing.assert_array_equal(studio.picture, without)


def test_the_original_is_shown_while_its_button_is_held(studio, gallery):
    picture = shown(studio)
    studio.preview.original = True
    assert np.abs(shown(studio).astype(int) - gallery["small"]).mean() < 6
    studio.preview.original = False
    np.testing.assert_array_equal(shown(studio), picture)


def test_a_photo_of_ones_own_is_the_new_background(studio, gallery):
    upload(studio, "beach.png", png(np.full([30, 90, 3], (240, 200, 90), np.uint8)))
    studio.photo.value, studio.effect.value = "small", "new background"
    assert studio.colour.layout.display != "none"
    studio.behind.value = "beach"
    assert studio.colour.layout.display == "none"
    studio.save.click()
    saved = np.asarray(Image.open(io.BytesIO(studio.sent[0][1])))
    assert (
        saved[0, 0].tolist() == [240, 200, 90] and (saved[30, 40] == gallery["small"][30, 40]).all()
    )
    studio.effect.value = "tinted"  # The colour counts again.
    assert np.ptp(studio.picture[2, 2]) and studio.look.colour == (70, 110, 200)
    upload(studio, "more.png", png(gallery["large"]))
    assert studio.behind.value == "beach" and studio.behind.options[-1] == ("more", "more")


def test_a_screen_reader_is_told_of_the_picture_and_of_the_upload(studio):
    studio.effect.value = "blurred"
    assert studio.preview.alt == "small, blurred"
    studio.preview.original = True
    assert studio.preview.alt == "small, the original"


def test_an_upload_is_shown_twice_in_a_row_and_joins_the_list(studio, gallery):
    other = gallery["large"]  # Of the same name, as pasted ones are: both stay.
    for image, name in ((gallery["small"][:, ::-1], "mine"), (other, "mine 2"), (other, "mine 2")):
        studio.photo.value = "small"
        asked = studio.model.asked
        upload(studio, "mine.png", png(image))
        assert studio.model.asked == asked + 6  # Three ways, and the mirror image of each, once.
        assert studio.photo.value == name == studio.photo.options[-1]
        assert f"{name}, {image.shape[1]} x {image.shape[0]}" in studio.message.value
    assert studio.photo.options[2:] == ("mine", "mine 2")


@pytest.mark.parametrize("content", [b"%PDF-1.7", b"\xff\xd8\xff\xe0 broken"])
def test_a_bad_upload_is_said_and_the_studio_goes_on(studio, content):
    before = studio.picture
    upload(studio, "<b>bad</b>.jpg", content)
    assert "&lt;b&gt;bad&lt;/b&gt;.jpg" in studio.message.value
    assert studio.picture is before
    studio.effect.value = "outline"
    assert (studio.picture != before).any()


def test_a_model_that_fails_is_said_and_the_upload_does_not_join(studio, gallery):
    layers = [keras.Input([32, 32, 3]), keras.layers.Conv2D(3, 1)]
    studio.model = keras.Sequential(layers)
    upload(studio, "mine.png", png(gallery["large"]))
    assert "mine cannot be shown: the model gives 3 logits" in studio.message.value
    assert list(studio.gallery) == ["small", "large"] == list(studio.photo.options)
    studio.save_picture()
    assert studio.sent[0][0] == "small_grey_world.png"


@pytest.mark.parametrize("name", ["../../x", "..\\..\\x", "/etc/x", ".x", "x" * 300, "\0x", ".."])
def test_pictures_have_plain_names_whatever_the_photo_is_called(studio, gallery, name):
    upload(studio, f"{name}.png", png(gallery["small"]))
    studio.save_picture()
    ((sent, _),) = studio.sent
    assert Path(sent).name == sent and sent[0] != "." and len(sent) < 80 and "\0" not in sent


def test_the_network_of_a_full_run_is_at_work_and_says_how_good_it_is(model, tmp_path, monkeypatch):
    monkeypatch.delenv("UNETLAB_SHORT_RUN", raising=False)
    keep_run("04_photoshop", model, {"data": "my 90 cats", "score": 0.87654}, tmp_path)
    studio = load_studio(tmp_path / "models/04_photoshop.keras")
    assert "Model: 04_photoshop, from my 90 cats; score 0.877." in studio.about.value
    cat = skimage.data.cat()
    np.testing.assert_array_equal(studio._probability, predict_probability(model, cat))


@pytest.mark.parametrize(
    ("short", "data", "said"),
    [("1", "my 90 cats", "of a short run"), ("0", "cats drawn by unetlab", "drawings only")],
)
def test_a_worse_network_does_not_take_the_starters_place(
    model, tmp_path, monkeypatch, short, data, said
):
    monkeypatch.setenv("UNETLAB_SHORT_RUN", short)
    keep_run("04_photoshop", model, {"data": data, "score": 0.9}, tmp_path)
    studio = load_studio(tmp_path / "models/04_photoshop.keras")
    assert "Model: the starter" in studio.about.value and said in studio.about.value
    assert studio.model.count_params() > model.count_params()


def test_before_any_notebook_has_run_the_starter_is_at_work(tmp_path):
    studio = load_studio(tmp_path / "models/none.keras")
    assert "Model: the starter that comes with unetlab. Notebook 04 has" in studio.about.value
    picture, cat = studio.picture.astype(int), skimage.data.cat().astype(int)
    for y, x in ((115, 165), (135, 320), (240, 262), (170, 200)):  # eyes, nose, cheek
        part = np.s_[y - 8 : y + 8, x - 8 : x + 8]
        np.testing.assert_array_equal(picture[part], cat[part])
    for world in (np.s_[20:80, :12], np.s_[:100, -25:], np.s_[220:260, -15:]):
        assert np.ptp(picture[world], axis=-1).mean() < 2 < 15 < np.ptp(cat[world], axis=-1).min()

"""The studio: its controls change the picture, errors are words, and it goes on working."""

import gc
import io
import subprocess
import sys
import tracemalloc
from datetime import datetime
from itertools import pairwise

import keras
import numpy as np
import pytest
import skimage.data
from PIL import Image

from unetlab import build_unet
from unetlab.photo.looks import (
    EFFECTS,
    Look,
    make_alpha,
    make_file,
    make_picture,
    predict_probability,
)
from unetlab.photo.studio import Studio, load_studio


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
def studio(model, gallery, tmp_path):
    return Studio(model, gallery, tmp_path / "pictures")


def shown(studio):
    return np.asarray(Image.open(io.BytesIO(studio.preview.value)).convert("RGB"))


def upload(studio, name, content):
    file = {"name": name, "type": "", "size": len(content)}
    if isinstance(studio.upload.value, dict):  # ipywidgets 7, as Colab has it
        studio.upload.metadata, studio.upload.data = [file], [content]
        studio.upload._counter += 1  # what its page does last
        return
    file |= {"content": memoryview(content), "last_modified": datetime.now()}
    studio.upload.value = (file,)


def png(image):
    buffer = io.BytesIO()
    Image.fromarray(image).save(buffer, "PNG")
    return buffer.getvalue()


def test_the_first_photo_is_shown_with_a_grey_world(studio, gallery):
    picture = shown(studio).astype(int)
    corner, middle = picture[2, 2], picture[30, 40]
    assert np.ptp(corner) <= 6  # JPEG's rounding aside, grey.
    assert np.abs(middle - gallery["small"][30, 40]).max() <= 6
    assert "small, 80 x 60" in studio.message.value


@pytest.mark.parametrize("effect", [name for name in EFFECTS if name != "grey world"])
def test_every_effect_changes_the_picture_and_keeps_the_subject(studio, effect):
    before = studio.picture
    studio.effect.value = effect
    assert (studio.picture != before).any()
    np.testing.assert_array_equal(studio.picture[30, 40], before[30, 40])


def test_sliders_move_the_picture_without_asking_the_model(studio):
    asked = studio.model.asked
    pictures = [studio.picture]
    studio.strength.value = 0.5
    pictures.append(studio.picture)
    studio.feather.value = 0.03
    pictures.append(studio.picture)
    studio.threshold.value = 0.98
    studio.effect.value = "tinted"
    pictures.append(studio.picture)
    studio.colour.value = "red"
    pictures.append(studio.picture)
    for one, next_one in pairwise(pictures):
        assert (one != next_one).any()
    assert studio.model.asked == asked
    studio.photo.value = "large"
    assert studio.model.asked > asked


def test_large_photos_are_previewed_small_and_saved_at_their_own_size(studio, gallery):
    studio.photo.value = "large"
    assert max(shown(studio).shape) == 800
    path = studio.save_picture()
    assert path.name == "large_grey_world.png" and str(path) in studio.message.value
    saved = np.asarray(Image.open(path))
    assert saved.shape == (900, 1200, 3)
    np.testing.assert_array_equal(saved[450, 600], gallery["large"][450, 600])
    assert np.ptp(saved[0, 0]) == 0


def test_a_cut_out_is_saved_transparent(studio):
    studio.effect.value = "cut-out"
    saved = np.asarray(Image.open(studio.save_picture()))
    assert saved.shape == (60, 80, 4)
    assert saved[30, 40, 3] == 255 and saved[0, 0, 3] == 0


def test_the_button_saves(studio):
    studio.save.click()
    assert (studio.folder / "small_grey_world.png").is_file()


def test_a_folder_that_cannot_be_written_is_said(studio, tmp_path):
    (tmp_path / "pictures").write_text("a file where the folder should be")
    assert studio.save_picture() is None
    assert "cannot be written" in studio.message.value


def test_an_upload_is_shown_twice_in_a_row_and_joins_the_list(studio, gallery):
    for _ in range(2):
        studio.photo.value = "large"
        asked = studio.model.asked
        upload(studio, "mine.png", png(gallery["small"][:, ::-1]))
        assert studio.model.asked == asked + 6  # Three ways, and the mirror image of each, once.
        assert studio.photo.value == "mine" and studio.photo.options[-1] == "mine"
        assert "mine, 80 x 60" in studio.message.value
        assert shown(studio).shape == (60, 80, 3)
        assert not studio.upload.value
        studio.photo.value = "small"


def test_the_same_name_sent_again_is_another_photo(studio, gallery):
    for number, image in enumerate((gallery["small"], gallery["large"], gallery["small"])):
        upload(studio, "mine.png", png(image))
        assert f"{image.shape[1]} x {image.shape[0]}" in studio.message.value, number


@pytest.mark.parametrize(
    "content", [b"%PDF-1.7", b"\xff\xd8\xff\xe0 broken", png(np.zeros([1, 1, 3], np.uint8))]
)
def test_a_bad_upload_is_said_and_the_studio_goes_on(studio, content):
    before = studio.picture
    upload(studio, "<b>bad</b>.jpg", content)
    assert "&lt;b&gt;bad&lt;/b&gt;.jpg" in studio.message.value
    assert studio.picture is before
    studio.effect.value = "outline"
    assert (studio.picture != before).any()


def test_a_photo_that_fails_is_said_and_the_one_before_stays(studio, gallery):
    before = studio.picture
    studio.gallery["odd"] = np.zeros([60, 80], np.uint8)
    studio.photo.options = list(studio.gallery)
    studio.photo.value = "odd"
    assert "odd cannot be shown: the image is uint8 (60, 80)" in studio.message.value
    assert studio.photo.value == "small" and studio.picture is before
    saved = np.asarray(Image.open(studio.save_picture()))
    np.testing.assert_array_equal(saved, before)
    studio.photo.value = "large"
    assert "large, 1200 x 900" in studio.message.value


def test_a_model_that_fails_is_said_and_the_upload_does_not_join(studio, gallery):
    layers = [keras.Input([32, 32, 3]), keras.layers.Conv2D(3, 1)]
    works, studio.model = studio.model, keras.Sequential(layers)
    upload(studio, "mine.png", png(gallery["large"]))
    assert "mine cannot be shown: the model gives 3 logits" in studio.message.value
    assert list(studio.gallery) == ["small", "large"] == list(studio.photo.options)
    assert studio.save_picture().name == "small_grey_world.png"
    studio.model = works
    upload(studio, "mine.png", png(gallery["large"]))
    assert studio.photo.value == "mine"


def test_what_saving_raises_is_said(studio):
    studio._probability = studio._probability[:5]
    assert studio.save_picture() is None
    assert "cannot be made: the alpha is" in studio.message.value


@pytest.mark.parametrize("name", ["../../x", "..\\..\\x", "/etc/x", ".x", "x" * 300, "\0x", ".."])
def test_pictures_stay_in_their_folder_whatever_their_name(model, gallery, tmp_path, name):
    folder = tmp_path / "a" / "b" / "pictures"
    studio = Studio(model, {name: gallery["small"]}, folder)
    paths = [studio.save_picture()]
    upload(studio, f"{name}.png", png(gallery["small"]))
    paths.append(studio.save_picture())
    assert all(path.parent == folder and path.name[0] != "." for path in paths)
    assert {file for file in tmp_path.rglob("*") if file.is_file()} == set(paths)


def test_only_the_last_uploads_are_kept(studio, gallery):
    for number in range(8):
        upload(studio, f"{number}.png", png(gallery["small"]))
        upload(studio, "small.png", png(gallery["small"]))
    kept = ["small", "large", "4", "5", "6", "7", "small 2"]
    assert sorted(studio.photo.options) == sorted(kept) == sorted(studio.gallery)
    assert studio.photo.value == "small 2"


def test_an_upload_of_too_many_bytes_is_refused(studio):
    upload(studio, "film.png", bytes(30_000_001))
    assert "film.png has 30 MB, expected 30 at most: send it smaller" in studio.message.value


def test_only_so_many_pictures_are_saved_and_the_rest_can_be_downloaded(studio, gallery):
    for number in range(22):
        studio.gallery[f"{number}"] = gallery["small"]
    studio.photo.options = list(studio.gallery)
    for number in range(22):
        studio.photo.value = f"{number}"
        studio.save.click()
        assert f'download="{number}_grey_world.png"' in studio.message.value
    assert len(list(studio.folder.iterdir())) == 20
    assert "20 pictures are saved; this one is not" in studio.message.value
    studio.photo.value = "3"
    assert studio.save_picture() == studio.folder / "3_grey_world.png"


def test_memory_does_not_grow_with_uploads_and_saves(studio, gallery):
    content, held, number = png(gallery["large"]), [], 0
    tracemalloc.start()
    for uploads in (6, 8):
        for _ in range(uploads):
            number += 1
            upload(studio, f"{number}.png", content)
            studio.save.click()
        gc.collect()
        held.append(tracemalloc.get_traced_memory()[0])
    tracemalloc.stop()
    # Kept, the eight more photos would be 26 MB.
    assert held[1] - held[0] < gallery["large"].nbytes


def test_visitors_have_folders_of_their_own(model, tmp_path):
    model.save(tmp_path / "model.keras")
    folder = tmp_path / "studio"
    visitors = [load_studio(tmp_path / "model.keras", folder) for _ in range(2)]
    assert not folder.exists()  # made with the first picture
    saved = [visitor.save_picture() for visitor in visitors]
    assert saved[0].parent != saved[1].parent and saved[0].name == saved[1].name
    assert all(path.parent.parent == folder for path in saved)


def test_the_saved_model_is_at_work_where_there_is_one(model, tmp_path):
    path = tmp_path / "model.keras"
    model.save(path)
    studio = load_studio(path, tmp_path)
    assert f"Model: {path}, as notebook 04 saved it" in studio.about.value
    cat = skimage.data.cat()
    np.testing.assert_array_equal(studio._probability, predict_probability(model, cat))


def test_before_any_notebook_has_run_the_starter_is_at_work(tmp_path):
    studio = load_studio(tmp_path / "none.keras", tmp_path)
    assert "Model: the starter that comes with unetlab; there is none at" in studio.about.value
    picture, cat = studio.picture.astype(int), skimage.data.cat().astype(int)
    for y, x in ((115, 165), (135, 320), (240, 262), (170, 200)):  # eyes, nose, cheek
        part = np.s_[y - 8 : y + 8, x - 8 : x + 8]
        np.testing.assert_array_equal(picture[part], cat[part])
    for world in (np.s_[20:80, :12], np.s_[:100, -25:], np.s_[220:260, -15:]):
        assert np.ptp(picture[world], axis=-1).mean() < 2 < 15 < np.ptp(cat[world], axis=-1).min()


def test_a_model_of_unetlabs_own_layers_opens_in_a_new_process(tmp_path):
    build_unet("mobilenet_v2", 2, 32, weights=None).save(tmp_path / "model.keras")
    program = "import sys; from unetlab.photo import load_studio; load_studio(*sys.argv[1:])"
    arguments = [str(tmp_path / "model.keras"), str(tmp_path)]
    subprocess.run([sys.executable, "-c", program, *arguments], check=True)


def test_a_function_takes_the_place_of_a_network(gallery, tmp_path):
    asked = []

    def bright(image):
        asked.append(image)
        return np.float32(image[..., 0] > 100)

    studio = Studio(bright, gallery, tmp_path, about=lambda: f"asked {len(asked)} times")
    picture = shown(studio).astype(int)
    assert np.ptp(picture[2, 2]) <= 6 < 15 < np.ptp(picture[30, 40])
    studio.strength.value = 0.5
    studio.photo.value = "large"
    assert "asked 2 times" in studio.about.value
    assert asked[0] is gallery["small"] and asked[1] is gallery["large"]
    for wrong, reason in (
        (lambda image: np.full(image.shape[:2], 7.5), "values go from 7.5 to 7.5, expected 0..1"),
        (lambda image: np.zeros([3, 4]), "(3, 4) and the image (60, 80, 3), expected"),
    ):
        studio.model = wrong
        studio.photo.value = "small"
        assert "small cannot be shown: the alpha" in studio.message.value
        assert reason in studio.message.value
        assert studio.photo.value == "large"


@pytest.mark.parametrize("gallery", [{}, {"grey": np.zeros([60, 80], np.uint8)}])
def test_a_gallery_that_cannot_be_shown_is_refused(model, gallery):
    with pytest.raises(ValueError, match=r"the gallery is empty|\(60, 80\), but it must be"):
        Studio(model, gallery)


# The pure functions behind it


def test_the_threshold_decides_what_is_subject():
    probability = np.linspace(0, 1, 11)[None, :, None]
    two_parts = np.array([0.9, 0.9, 0.1, 0.9])[None, :, None]
    for one_piece, expected in ((True, [1, 1, 0, 0]), (False, [1, 1, 0, 1])):
        look = Look(feather=0, one_piece=one_piece)
        assert make_alpha(two_parts, look)[0, :, 0].tolist() == expected
    assert (
        make_alpha(probability, Look(threshold=0.35, feather=0))[0, :, 0].tolist()
        == [0] * 4 + [1] * 7
    )


@pytest.mark.parametrize("effect", EFFECTS)
def test_effects_look_alike_at_any_size(gallery, effect):
    small, large = (np.uint8(gallery[name]) for name in ("small", "large"))
    look = Look(effect, feather=0.02)
    pictures = []
    for image in (small, large):
        probability = np.float32(image[..., :1] > 100)
        pictures.append(make_picture(image, probability, look))
    shrunk = np.asarray(Image.fromarray(pictures[1]).resize((80, 60), Image.Resampling.BOX), int)
    if effect != "cut-out":  # whose squares are whole pixels
        assert np.abs(shrunk - pictures[0]).mean() < 6


def test_the_photo_is_shown_squeezed_framed_and_in_a_margin():
    # White is the subject, but for the outermost 2 of 32 pixels, where nothing is ever found.
    sure = keras.layers.Conv2D(1, 1, kernel_initializer="ones")
    crop, pad = keras.layers.Cropping2D(2), keras.layers.ZeroPadding2D(2)
    model = keras.Sequential([keras.Input([32, 32, 3]), sure, crop, pad, keras.layers.ReLU()])
    model.add(keras.layers.Rescaling(4 / 765, offset=-2.0))
    found = predict_probability(model, np.full([320, 640, 3], 255, "uint8"))[..., 0]
    # At a side only the margin shows it further in; above, the frame has room to spare, too.
    for place, logit in (
        ((160, 320), 2),
        ((160, 4), (-2 - 4 + 2) / 4),
        ((4, 320), (-2 + 4 + 2) / 4),
    ):
        assert found[place] == pytest.approx(1 / (1 + np.exp(-logit)), abs=1e-3)


def test_a_model_of_open_size_is_shown_the_photo_as_it_is():
    model = Counting([keras.Input([None, None, 3]), keras.layers.Conv2D(1, 1)])
    predict_probability(model, np.full([40, 70, 3], 9, "uint8"))
    assert model.asked <= 2 + 1  # a first time to find its stride


def test_unknown_effect_and_too_many_logits(gallery):
    image = gallery["small"]
    with pytest.raises(ValueError, match="effect is 'sepia'"):
        make_file(image, np.zeros([60, 80, 1]), Look("sepia"))
    model = keras.Sequential([keras.Input([32, 32, 3]), keras.layers.Conv2D(3, 1)])
    with pytest.raises(ValueError, match="expected one"):
        predict_probability(model, image)


@pytest.mark.parametrize("dtype", ["uint8", "float32", "float16"])
@pytest.mark.parametrize("height", [1, 600])
def test_in_a_large_photo_the_subject_is_where_it_is(model, height, dtype):
    image = np.full([height, 960, 3], 3, dtype)
    image[:, 200:600] = 250
    for turned in (image, image.swapaxes(0, 1)):
        found = predict_probability(model, turned)
        assert (found.shape, found.dtype) == ((*turned.shape[:2], 1), np.float32)
        along = found[..., 0] if turned is image else found[..., 0].T
        assert (along[:, 240:560] > 0.9).all()
        assert (along[:, :160] < 0.1).all() and (along[:, 640:] < 0.1).all()

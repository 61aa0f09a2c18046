"""The starter: what it finds in photos it never saw, its files, and that its recipe teaches."""

from importlib.resources import files

import keras
import numpy as np
import pytest
import skimage.data

from judge_starter import find_subject, judge_cats, judge_chelsea, judge_drawn, judge_pets
from unetlab import build_unet, draw_scene, load_cats, load_pets, load_starter, weights_of
from unetlab.starter import train
from unetlab.starter.lessons import (
    ANSWERS,
    CAR,
    CAT,
    NOT_ASKED,
    PET,
    draw_lessons,
    load_photos,
    mix_lessons,
)
from unetlab.starter.model import decoder_weights

FILES = ("encoder.npz", "decoder.npz")


@pytest.fixture(scope="module")
def starter():
    """Return the starter for one subject."""
    return load_starter()


def test_chelsea_is_found(starter):
    assert judge_chelsea(starter) > 0.9


def test_what_is_no_animal_is_left_out(starter):
    for photo in (skimage.data.coffee(), skimage.data.rocket()):
        assert find_subject(starter, photo).mean() < 0.1
    chairs = [draw_scene("chairs", 160, (77, number))[0] for number in range(8)]
    assert np.mean([find_subject(starter, image).mean() for image in chairs]) < 0.1


def test_drawn_animals_are_found(starter):
    assert judge_drawn(starter) > 0.9


def test_real_cats_that_it_never_saw(starter, shared_data):
    assert judge_cats(starter) > 0.82


def test_real_pets_that_it_never_saw(shared_data):
    assert judge_pets() > 0.71
    assert judge_pets(mirrored=True) > 0.726


def test_its_files_are_small_and_hold_numbers_only():
    folder = files("unetlab") / "starter"
    assert sum(len((folder / name).read_bytes()) for name in FILES) < 8e6
    for name in FILES:
        with (folder / name).open("rb") as file, np.load(file, allow_pickle=False) as arrays:
            assert all(np.isfinite(array).all() for array in arrays.values())
    card = (folder / "CARD.md").read_text(encoding="utf-8")
    assert "CC BY-SA 4.0" in card and "Apache-2.0" in card


def test_it_is_a_plain_model_over_the_starters_encoder(starter, tmp_path):
    assert weights_of(starter) == "starter" and not starter.get_layer("encoder").trainable
    starter.save(tmp_path / "starter.keras")
    loaded = keras.saving.load_model(tmp_path / "starter.keras")
    image = np.float32(skimage.data.chelsea()[None, :128, :128])
    np.testing.assert_allclose(loaded(image), starter(image), atol=1e-4)
    other = build_unet("mobilenet_v2", 2, 128, weights="starter")
    for ours, theirs in zip(
        starter.get_layer("encoder").weights, other.get_layer("encoder").weights, strict=True
    ):
        np.testing.assert_array_equal(ours, theirs)


def test_a_number_of_classes_that_it_does_not_know_is_refused():
    with pytest.raises(ValueError, match=r"num_classes is 4, but the starter knows 2 .* and 3"):
        load_starter(num_classes=4)


def test_lessons_ask_what_their_masks_can_answer():
    batches = mix_lessons([draw_lessons("cars", 3, seed=1)], [1.0], 32, 4, seed=0)
    images, answers = (part.numpy() for part in next(iter(batches)))
    assert images.shape == (4, 32, 32, 3) and answers.shape == (4, 32, 32, 4)
    trimap, animal, car, chair = np.moveaxis(answers, -1, 0)
    assert (trimap == 1).all() and not animal.any()
    assert 0.05 < car.mean() < 0.9
    assert (chair[car == 1] == 0).all() and (chair[car == 0] == NOT_ASKED).all()
    assert ANSWERS[CAR].tolist() == [1, 0, 1, 0]


def test_no_test_photo_is_ever_learned_from(shared_data):
    lessons = load_photos("real")
    assert len(lessons) == len(load_pets("real").train) + len(load_cats("real").train)


def test_photos_from_nowhere_are_refused():
    with pytest.raises(ValueError, match="source is 'drawn', expected 'real', 'auto' or 'sample'"):
        load_photos("drawn")


def test_the_recipe_teaches_and_what_it_saves_is_loaded(tmp_path, monkeypatch):
    monkeypatch.setattr(train, "PHASES", ((32, 0.5, 2e-3), (64, 0.5, 1e-3)))
    monkeypatch.setattr(train, "BATCH_SIZE", 4)
    build, begun = train.build_pupil, []

    def build_and_remember(*arguments):
        pupil = build(*arguments)
        # With a teacher at hand its weights are the pupil's, too.
        own = [layer for layer in pupil.layers if layer.name != "teacher"]
        begun.append([weight for layer in own for weight in layer.get_weights()])
        return pupil

    monkeypatch.setattr(train, "build_pupil", build_and_remember)
    pupil = train.train(photos=[], minutes=0.1)
    # What it began from: chance alone puts one untaught network before another.
    untaught = build(64)
    untaught.set_weights(begun[0])
    lessons = draw_lessons("pets", 8, seed=99)
    images, answers = next(iter(mix_lessons([lessons], [1.0], 64, 8, seed=3)))
    # By the batch's own statistics, as the running ones need more steps than a test has time for.
    after, before = (
        float(train.answer_loss(answers, model(images, training=True)))
        for model in (pupil, untaught)
    )
    assert after < 0.95 * before
    train.save_starter(pupil, tmp_path)
    with np.load(tmp_path / "encoder.npz", allow_pickle=False) as saved:
        backbone = pupil.get_layer("encoder").get_layer("backbone").layer
        kernel = backbone.get_layer("block_16_project").kernel
        np.testing.assert_allclose(saved["block_16_project/kernel"], kernel, atol=1e-2)


def test_what_is_saved_is_the_pupils_and_never_its_teachers(tmp_path):
    sample = np.zeros([1, 32, 32, 3], np.float32)
    teacher = train.build_teacher(32, weights=None)
    train.save_starter(train.build_pupil(32, teacher, sample), tmp_path)
    for name in FILES:
        shipped = files("unetlab").joinpath("starter", name)
        with np.load(tmp_path / name) as saved, shipped.open("rb") as file, np.load(file) as ours:
            assert {k: v.shape for k, v in saved.items()} == {k: v.shape for k, v in ours.items()}


def test_a_teacher_hands_on_its_answers_and_learns_nothing_itself():
    keras.utils.set_random_seed(3)
    teacher = train.build_teacher(32, weights=None)
    teacher.trainable = False
    images = np.random.default_rng(3).uniform(0, 255, [4, 32, 32, 3]).astype(np.float32)
    # Far from what an untaught network says.
    decoder_weights(teacher)[-1].assign([2.0, -2.0, 0.0, 3.0, 0.0, 0.0])
    pupil = train.build_pupil(32, teacher, images)
    kept = [weight.copy() for weight in teacher.get_weights()]
    silence = np.full([4, 32, 32, 4], NOT_ASKED, np.uint8)
    pupil.compile(keras.optimizers.Adam(1e-2), train.answer_loss)
    pupil.fit(images, silence, epochs=30, verbose=0)
    learned = keras.ops.convert_to_numpy(pupil(images, training=True)).mean((0, 1, 2))
    assert learned[0] > learned[2] > learned[1] and learned[3] > 1
    assert abs(learned[4:]).max() < 1
    for before, after in zip(kept, teacher.get_weights(), strict=True):
        np.testing.assert_array_equal(before, after)


def test_the_few_cats_are_drawn_more_often_than_by_chance():
    pet, cat = (
        (np.zeros([192, 192, 3], np.uint8), np.full([192, 192, 1], ids, np.uint8))
        for ids in (PET, CAT)
    )
    parts, shares = train.gather([pet] * 9 + [cat], 0.01, np.random.default_rng(0))
    assert [len(part) for part in parts[:2]] == [9, 1]
    assert shares[1] > 0.1 and sum(shares) == pytest.approx(1)

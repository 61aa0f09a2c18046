"""Labelling: a lesson from a few masks, doubt, and ranks with variety."""

import numpy as np
import pytest

from unetlab.drawn import draw_scene
from unetlab.label import KeptFeatures, propose, rank_by_doubt, teach
from unetlab.photo import NOT_SAID
from unetlab.unet import build_unet

SIDE = 64


def iou(mask, predicted_mask):
    """Score class 1."""
    mask, predicted_mask = mask == 1, predicted_mask == 1
    return (mask & predicted_mask).sum() / (mask | predicted_mask).sum()


@pytest.fixture(scope="module")
def lesson():
    """Return drawn photos, their masks, features and the model that learned them."""
    scenes = [draw_scene("pets", SIDE, seed=seed) for seed in range(6)]
    images, masks = ([*part] for part in zip(*scenes, strict=True))
    kept = KeptFeatures(SIDE, weights="starter")
    return images, masks, kept, teach(images, masks, features=kept, seconds=60)


def test_a_lesson_teaches_and_an_older_model_stays_as_it_was(lesson):
    images, masks, kept, model = lesson
    untaught = build_unet("mobilenet_v2", 2, SIDE, weights="starter", decoder="bilinear")
    scores = [
        np.mean([iou(mask, propose(one, image)) for image, mask in zip(images, masks, strict=True)])
        for one in (model, untaught)
    ]
    assert scores[0] > 0.8 > scores[1] + 0.2
    assert iou(masks[0][:, ::-1], propose(model, images[0][:, ::-1])) > 0.7
    before = propose(model, images[0])
    teach({"a": images[1]}, {"a": 1 - masks[1].clip(0, 1)}, features=kept, seconds=1)
    np.testing.assert_array_equal(propose(model, images[0]), before)


def test_pixels_that_are_not_labelled_teach_nothing(lesson):
    images, masks, kept, taught = lesson
    mask = np.where(masks[0] == 1, 1, NOT_SAID).astype(np.uint8)
    model = teach([images[0]], [mask], features=kept, seconds=5)
    # Nothing was said of the ground, so that much of it is taken for the subject too.
    told, untold = (propose(one, images[0])[masks[0] == 0].mean() for one in (taught, model))
    assert untold > told + 0.2


def test_a_lesson_can_be_stopped(lesson):
    images, masks, kept, _ = lesson
    shares = []
    teach(images, masks, features=kept, progress=lambda share: shares.append(share) or share < 0.4)
    assert shares == sorted(shares) and 0.4 <= shares[-1] < 0.7


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda mask: 255 * (mask == 1), "hold no class but 0, and 255, which is not labelled"),
        (lambda mask: mask[:32], r"is \(32, 64, 1\) and the image \(64, 64, 3\)"),
    ],
)
def test_masks_that_would_teach_something_else_are_refused(lesson, change, said):
    images, masks, kept, _ = lesson
    with pytest.raises(ValueError, match=said):
        teach(images[:1], [change(np.uint8(masks[0] == 1))], features=kept)


def test_the_doubtful_comes_first_and_of_near_duplicates_one_late(lesson):
    images, _, _, model = lesson
    photos = {str(number): image for number, image in enumerate(images)}
    noise = np.random.default_rng(0).integers(0, 256, images[0].shape)
    blended = (images[0] * 0.4 + noise * 0.6).astype(np.uint8)
    first = rank_by_doubt(model, {"clear": images[0], "blended": blended})[0]
    assert first == "blended"
    first = rank_by_doubt(model, photos)[0]
    twin = np.clip(photos[first].astype(int) + 1, 0, 255).astype(np.uint8)
    ranked = rank_by_doubt(model, {**photos, "twin": twin})
    assert sorted(ranked) == sorted([*photos, "twin"])
    assert max(ranked.index(first), ranked.index("twin")) >= 5
    assert rank_by_doubt(model, iter(photos.items()), 2) == rank_by_doubt(model, photos, 2)

"""Doubt: which photo would teach the network most, by how unsure it is of it."""

from collections.abc import Mapping
from itertools import islice

import keras
import numpy as np
from scipy.special import entr

from unetlab.checks import check_image, check_logits
from unetlab.label.proposals import model_size, shrink
from unetlab.prediction import to_probability

BATCH_SIZE = 16


def rank_by_doubt(model: keras.Model, images, count: int | None = None, seed: int = 0) -> list[str]:
    """Rank photos by what they would teach: the most doubtful first, and none like another.

    The first is the one that the network is least sure of, by the mean entropy of its pixels. Each
    next one has the greatest product of its doubt and its distance to the nearest of those before
    it, between the mean features of the network's encoder (or, in a model without one, between
    small copies of the photos): of two photos that are nearly the same, one comes late.

    Args:
        model: from image [B, h, w, 3] in 0..255 to logits [B, h, w, C].
        images: a mapping from names to photos uint8 [H, W, 3], or an iterable of (name, photo).
            They are read one at a time, and only small copies of a batch are held.
        count: how many names to return; None for all.
        seed: decides between photos of equal standing.

    Returns:
        Names, the most doubtful first.

    Raises:
        ValueError: a photo has another shape, its values are not in 0..255, or the model's logits
            hold NaN.

    Example:
        >>> model = keras.Sequential([keras.Input([8, 8, 3]), keras.layers.Conv2D(1, 1)])
        >>> rank_by_doubt(model, {"a": np.zeros([8, 8, 3], np.uint8)})
        ['a']

    Source: entropy, and doubt weighed by how unlike the others a photo is: Settles, Active Learning
    Literature Survey, 2009, sections 3.1 and 3.6; the farthest photo first: Sener and Savarese,
    Active Learning for Convolutional Neural Networks: A Core-Set Approach, ICLR 2018, algorithm 1.
    """
    names, doubts, places = _look_through(model, images)
    order = np.random.default_rng(seed).permutation(len(names))
    chosen = order[_farthest_first(doubts[order], places[order], count)]
    return [names[one] for one in chosen]


def _show_named(model, pair):
    if len(pair) != 2:
        raise ValueError(
            f"found {len(pair)} rows of a photo where its name and the photo are expected: name "
            "them, dict(enumerate(photos))."
        )
    name, image = pair
    return name, _show(model, image)


def _look_through(model, images):
    pairs = images.items() if isinstance(images, Mapping) else images
    small = (_show_named(model, pair) for pair in pairs)
    describe = _describer(model)
    names, doubts, places = [], [], []
    while batch := list(islice(small, BATCH_SIZE)):
        names += [name for name, _ in batch]
        stacked = np.stack([image for _, image in batch])
        doubts.append(_entropy(model.predict_on_batch(stacked)))
        places.append(describe(stacked))
    if not names:
        return [], np.zeros(0), np.zeros([0, 1])
    return names, np.concatenate(doubts), np.concatenate(places)


def _show(model, image) -> np.ndarray:
    image = check_image(image)
    return shrink(image, model_size(model, image, fixed=True)).astype(np.float32)


def _describer(model):
    # Mean features say what is in a photo, whatever its place; thumbnails stand in for them.
    encoder = next((part for part in model.layers if part.name == "encoder"), None)
    if encoder is None:
        return lambda batch: np.stack([shrink(image, (8, 8)).ravel() for image in batch])

    # The encoder's own `predict_on_batch`, since a model made here would be compiled at each call.
    def describe(batch):
        maps = encoder.predict_on_batch(batch)
        return np.asarray(maps[-1] if isinstance(maps, list) else maps).mean(axis=(1, 2))

    return describe


def _entropy(logits) -> np.ndarray:
    # The mean entropy of each photo's pixels, in nats: 0 where the network is sure, log(2) = 0.69
    # where each of two classes is as likely as the other.
    probability = to_probability(check_logits(np.asarray(logits, np.float32)))
    entropy = entr(probability)
    if probability.shape[-1] == 1:
        entropy = entropy + entr(1 - probability)
    return entropy.sum(axis=-1).mean(axis=(1, 2), dtype=np.float64)


def _farthest_first(doubts, places, count: int | None) -> list[int]:
    chosen, nearest = [], np.full(len(doubts), np.inf)
    left = np.ones(len(doubts), bool)
    for _ in range(len(doubts) if count is None else min(count, len(doubts))):
        worth = doubts if not chosen else doubts * nearest
        best = int(np.argmax(np.where(left, worth, -np.inf)))
        chosen.append(best)
        left[best] = False
        nearest = np.minimum(nearest, np.linalg.norm(places - places[best], axis=1))
    return chosen

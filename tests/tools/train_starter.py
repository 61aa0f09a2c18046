"""Make the starter from random numbers: python tests/tools/train_starter.py.

The lessons are photos with masks, where they are at hand, and drawn scenes. Where ImageNet's
weights are at hand, too, a network that has them is taught the lessons first and is then asked for
its features and its answers, and the starter's are to come near both: what it says is learned from,
not its weights.

Sources: the matching of features is that of Romero et al., FitNets, ICLR 2015, section 2.2, and
that of answers of Hinton et al., Distilling the knowledge in a neural network, 2015, section 2.
"""

import argparse
from importlib.resources import files
from pathlib import Path

import keras
import lessons
import numpy as np
from keras import layers, ops

from unetlab.decoders import DECODERS
from unetlab.encoders import build_encoder
from unetlab.starter.model import DECODER, ENCODER, FILTERS, LOGITS, decoder_weights
from unetlab.training import TimeBudget

BATCH_SIZE = 32
# Image size in pixels, share of the time, learning rate at the beginning of each phase.
PHASES = ((96, 0.65, 2e-3), (128, 0.35, 1e-3))
# The teacher's lessons, beforehand: so much time beside the starter's own, and learning rate; first
# its decoder learns, then all of it.
TEACHER_PHASES = ((0.04, 3e-3), (0.06, 3e-4))


def answer_loss(answers, logits):
    """Average over the questions asked: what the trimap says, and is it an animal, a car, a chair.

    Answers are integer [B, H, W, 4], as `lessons.ANSWERS` has them; of the logits [B, H, W, 6]
    three are for the trimap and one for each other question.
    """
    answers = ops.cast(answers, "int32")
    asked = ops.cast(answers != lessons.NOT_ASKED, logits.dtype)
    trimap = ops.one_hot(answers[..., 0], 3, dtype=logits.dtype) * asked[..., :1]
    others = ops.cast(answers[..., 1:] == 1, logits.dtype)
    log_probability = ops.log_softmax(logits[..., :3])
    by_trimap = -ops.sum(trimap * log_probability) / ops.maximum(ops.sum(asked[..., 0]), 1)
    entropy = ops.binary_crossentropy(others, logits[..., 3:], from_logits=True)
    by_others = ops.sum(entropy * asked[..., 1:]) / ops.maximum(ops.sum(asked[..., 1:]), 1)
    probability = ops.exp(log_probability) * asked[..., :1]
    animal = ops.sigmoid(logits[..., 3:4]) * asked[..., 1:2]
    overlap = _dice(trimap, probability) + _dice(others[..., :1] * asked[..., 1:2], animal)
    return by_trimap + 1.5 * by_others + 0.5 * (2 - overlap)


def _dice(truth, probability):
    axes = (0, 1, 2)
    both = ops.sum(truth * probability, axes)
    return ops.mean(2 * both / (ops.sum(truth, axes) + ops.sum(probability, axes) + 1))


@keras.saving.register_keras_serializable("unetlab")
class MatchFeatures(layers.Layer):
    """Add to the loss how many of its deviations features are from a teacher's; hand them on."""

    def __init__(self, deviations, **kwargs):
        super().__init__(**kwargs)
        self.deviations = deviations

    def call(self, features, teacher_features):
        """Take features and the teacher's, lists of [B, h, w, c]; return the features."""
        total = 0.0
        for ours, theirs, deviation in zip(
            features, teacher_features, self.deviations, strict=True
        ):
            distance = ops.abs(ours - theirs) / ops.convert_to_tensor(deviation, ours.dtype)
            # Huber's: what is off by more than a deviation counts by its distance, not its square.
            near = ops.where(distance < 1, 0.5 * distance**2, distance - 0.5)
            total += ops.mean(near) / len(self.deviations)
        self.add_loss(total)
        return features


@keras.saving.register_keras_serializable("unetlab")
class MatchAnswers(layers.Layer):
    """Add to the loss how far logits are from those of a teacher, and hand them on.

    A mask says one thing of a pixel; a teacher says how sure it is, and answers what was not asked.
    """

    def call(self, logits, teacher_logits):
        """Take logits and the teacher's, float [B, H, W, 6]; return the logits."""
        told = ops.softmax(teacher_logits[..., :3])
        by_trimap = ops.categorical_crossentropy(told, logits[..., :3], from_logits=True)
        animal = ops.sigmoid(teacher_logits[..., 3])
        by_animal = ops.binary_crossentropy(animal, logits[..., 3], from_logits=True)
        self.add_loss(ops.mean(by_trimap) + ops.mean(by_animal))
        return logits


def build_teacher(image_size: int) -> keras.Model | None:
    """Build a network whose encoder has ImageNet's weights, or say that they cannot be had."""
    try:
        encoder = build_encoder(ENCODER, image_size, weights="imagenet")
    except ConnectionError as error:
        print(f"{error} There is no teacher: the lessons alone are learned from.")
        return None
    image = keras.Input([image_size, image_size, 3], name="image")
    features = encoder(image)
    return keras.Model(image, [*features, _decode(features)], name="teacher")


def build_pupil(image_size: int, teacher=None, sample=None) -> keras.Model:
    """Build the network of random weights that is to become the starter, with six logits a pixel.

    The teacher's features and answers are to be matched; on the sample of images its channels'
    deviations are taken.
    """
    image = keras.Input([image_size, image_size, 3], name="image")
    features = build_encoder(ENCODER, image_size, weights=None)(image)
    if teacher is None:
        return keras.Model(image, _decode(features), name="pupil")
    spread = [np.std(ops.convert_to_numpy(part), axis=(0, 1, 2)) for part in teacher(sample)[:-1]]
    deviations = [part.clip(0.05 * part.mean()).tolist() for part in spread]
    *teacher_features, teacher_logits = teacher(image)
    features = MatchFeatures(deviations)(features, teacher_features)
    logits = MatchAnswers()(_decode(features), teacher_logits)
    return keras.Model(image, logits, name="pupil")


def _decode(features):
    return DECODERS[DECODER].decode(features, 6, FILTERS)


def train(photos: list, minutes: float, seed: int = 0) -> keras.Model:
    """Train from random numbers, first on small images, then on larger ones; return the pupil.

    The minutes begin after the lessons are drawn; a teacher takes a tenth more.
    """
    keras.utils.set_random_seed(seed)
    parts, shares = gather(photos, minutes, np.random.default_rng(seed))
    pupil = teacher = sample = None
    for number, (image_size, share, rate) in enumerate(PHASES):
        batches = lessons.mix_lessons(parts, shares, image_size, BATCH_SIZE, seed + number)
        teacher = _enlarge(build_teacher(image_size), teacher)
        if teacher is not None:
            if pupil is None:
                teach_teacher(teacher, batches, minutes)
            teacher.trainable = False
            sample = next(iter(batches))[0]
            batches = lessons.blend_lessons(batches, seed + number)
        pupil = _enlarge(build_pupil(image_size, teacher, sample), pupil)
        _fit(pupil, batches, minutes * share, rate)
    return pupil


def teach_teacher(teacher: keras.Model, batches, minutes: float) -> None:
    """Teach a teacher the lessons in a tenth of the pupil's time: its decoder, then all of it."""
    answering = keras.Model(teacher.input, teacher.output[-1])
    for opened, (share, rate) in enumerate(TEACHER_PHASES):
        teacher.get_layer("encoder").trainable = bool(opened)
        _fit(answering, batches, minutes * share, rate)


def _enlarge(model, smaller):
    if model is not None and smaller is not None:
        model.set_weights(smaller.get_weights())
    return model


def _fit(model, batches, minutes, rate):
    model.compile(keras.optimizers.AdamW(rate, 0.02, global_clipnorm=5.0), answer_loss)
    model.fit(
        batches,
        steps_per_epoch=100,
        epochs=10_000,
        callbacks=[TimeBudget(60 * minutes, rate)],
        verbose=2,
        shuffle=False,
    )


def gather(photos: list, minutes: float, random_generator) -> tuple[list, list]:
    """Gather photos, their animals before other grounds, and drawn scenes; and the share of each.

    A short training gets few drawn scenes, a long one 4,500.
    """
    count = int(min(1000, max(10, 20 * minutes)))
    parts = [lessons.draw_lessons("pets", count * 5 // 2, seed=5001)]
    parts += [lessons.draw_lessons(kind, count, seed=5002) for kind in ("cars", "chairs")]
    if not photos:
        return parts, [0.5, 0.25, 0.25]
    grounds = lessons.gather_grounds(600, random_generator)
    pasted = [lessons.paste_subjects(photos, grounds, random_generator) for _ in range(4)]
    # There are far fewer photos of the second set, the cats: left to chance they would be lost.
    cats = [lesson for lesson in photos if lesson[1].max() > lessons.BORDER]
    pets = [lesson for lesson in photos if lesson[1].max() <= lessons.BORDER]
    parts = [pets, cats, [lesson for part in pasted for lesson in part], *parts]
    shares = [0.44, 0.2, 0.2, 0.08, 0.04, 0.04]
    found = [(part, share) for part, share in zip(parts, shares, strict=True) if part]
    total = sum(share for _, share in found)
    return [part for part, _ in found], [share / total for _, share in found]


def save_starter(pupil: keras.Model, folder: Path) -> None:
    """Write `encoder.npz` and `decoder.npz`: kernels in half precision, vectors in single."""
    backbone = pupil.get_layer("encoder").get_layer("backbone").layer
    encoder = {
        f"{layer.name}/{variable.name}": _compact(variable)
        for layer in backbone.layers
        for variable in layer.weights
    }
    decoder = [_compact(variable) for variable in decoder_weights(pupil)]
    known = max(part.stop for part in LOGITS.values())
    # Cars and chairs were asked for the encoder's sake; the starter does not answer them.
    decoder[-2:] = [weight[..., :known] for weight in decoder[-2:]]
    np.savez_compressed(folder / "encoder.npz", **encoder)
    np.savez_compressed(folder / "decoder.npz", *decoder)


def _compact(variable) -> np.ndarray:
    weight = ops.convert_to_numpy(variable)
    return weight.astype(np.float16 if weight.ndim > 1 else np.float32)


def main() -> None:
    """Train on whatever is found, and write the files where `load_starter` looks for them."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--minutes", type=float, default=120, help="of training")
    parser.add_argument("--folder", type=Path, default=files("unetlab") / "starter")
    options = parser.parse_args()
    photos = lessons.load_photos()
    print(f"{len(photos)} photos, and drawn scenes; {options.minutes:g} minutes of training")
    save_starter(train(photos, options.minutes), options.folder)


if __name__ == "__main__":
    main()

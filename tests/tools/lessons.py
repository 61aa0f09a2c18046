"""What the starter learns from: photos with masks where they are at hand, and drawn scenes.

A lesson is an image with one id a pixel, which says both what kind of picture it is and what the
pixel shows; `ANSWERS` turns it into the four questions that the network is asked.
"""

import cv2
import numpy as np
import skimage.data
import tensorflow as tf

from unetlab.augmentation import Augmentation, augment
from unetlab.data import load_cats, load_pets
from unetlab.drawn import draw_ground, draw_scene, trimap

SIDE = 192
PET, GROUND, BORDER, CAT, NO_CAT, CAR, NO_CAR, CHAIR, NO_CHAIR = range(9)
NOT_ASKED = 255
# For each id: which class of the trimap, is it an animal, a car, a chair. A photo of a cat has no
# border drawn, a border may be animal or not, and a photo need not say whether it holds a chair.
ANSWERS = np.array(
    [
        [0, 1, 0, 0],
        [1, 0, 0, 0],
        [2, NOT_ASKED, 0, 0],
        [NOT_ASKED, 1, 0, 0],
        [NOT_ASKED, 0, 0, 0],
        [1, 0, 1, 0],
        [1, 0, 0, NOT_ASKED],
        [1, 0, 0, 1],
        [1, 0, NOT_ASKED, 0],
    ],
    np.uint8,
)
# Small animals and close-ups that the photo's edge cuts, dull light and bright.
WIDE = Augmentation(
    rotation=20.0,
    zoom=(0.7, 2.5),
    shift=0.25,
    brightness=(0.6, 1.35),
    contrast=(0.6, 1.4),
    saturation=(0.3, 1.6),
    hue=15.0,
)
# Chelsea is what the notebooks look at, so nothing ever learns from her.
GROUND_PHOTOS = ("coffee", "rocket", "brick", "grass", "gravel", "coins", "page")


def load_photos() -> list:
    """Load what is here of the training photos of pets and cats; never a test photo."""
    lessons = []
    for load, ids in ((load_pets, [PET, GROUND, BORDER]), (load_cats, [NO_CAT, CAT])):
        try:
            data = load("real")
        except (ConnectionError, FileNotFoundError) as error:
            print(f"Learning goes on without these photos: {error}")
            continue
        ids = np.array(ids, np.uint8)
        lessons += [_shrink(image, ids[mask]) for image, mask in data.train.as_numpy_iterator()]
    return lessons


def draw_lessons(kind: str, count: int, seed: int) -> list:
    """Draw so many scenes of "pets", "cars" or "chairs" as lessons."""
    subject, rest = {"pets": (PET, GROUND), "cars": (CAR, NO_CAR), "chairs": (CHAIR, NO_CHAIR)}[
        kind
    ]
    lessons = []
    for number in range(count):
        image, mask = draw_scene(kind, 144, (seed, number))
        ids = trimap(mask) if kind == "pets" else np.where(mask == 1, subject, rest)
        lessons.append(_shrink(image, ids.astype(np.uint8)))
    return lessons


def gather_grounds(count: int, random_generator) -> list:
    """Gather pictures without an animal: drawn grounds, and parts of scikit-image's photos."""
    photos = [np.atleast_3d(getattr(skimage.data, name)()) for name in GROUND_PHOTOS]
    grounds = []
    for number in range(count):
        if number % 2:
            grounds.append(draw_ground("pets", SIDE, seed=int(random_generator.integers(2**31))))
            continue
        photo = photos[random_generator.integers(len(photos))]
        side = int(min(photo.shape[:2]) * random_generator.uniform(0.4, 1))
        y, x = (random_generator.integers(length - side + 1) for length in photo.shape[:2])
        part = cv2.resize(photo[y : y + side, x : x + side, :3], (SIDE, SIDE))
        tinted = part.reshape(SIDE, SIDE, -1) * random_generator.uniform(0.6, 1.3, 3)
        grounds.append(np.uint8(np.clip(tinted, 0, 255)))
    return grounds


def paste_subjects(lessons: list, grounds: list, random_generator) -> list:
    """Paste the animal of each lesson, turned and resized a little, before another ground.

    Lessons whose animal is hardly there or fills the picture are left out.
    """
    pasted = []
    for image, ids in lessons:
        subject = np.float32(np.isin(ids[..., 0], (PET, BORDER, CAT)))
        if not 0.05 < subject.mean() < 0.8:
            continue
        # A pixel less all around, as the outermost ones are half ground.
        alpha = cv2.GaussianBlur(cv2.erode(subject, np.ones((3, 3))), (5, 5), 0)
        turn, zoom = random_generator.uniform(-10, 10), random_generator.uniform(0.6, 1.2)
        matrix = cv2.getRotationMatrix2D((SIDE / 2, SIDE / 2), turn, zoom)
        matrix[:, 2] += random_generator.uniform(-0.12, 0.12, 2) * SIDE
        outside = NO_CAT if (ids >= CAT).any() else GROUND
        image, alpha = (cv2.warpAffine(part, matrix, (SIDE, SIDE)) for part in (image, alpha))
        moved = cv2.warpAffine(
            np.uint8(ids[..., 0]), matrix, (SIDE, SIDE), None, cv2.INTER_NEAREST, 0, outside
        )
        ground = grounds[random_generator.integers(len(grounds))]
        mixed = alpha[..., None] * image + (1 - alpha[..., None]) * ground
        pasted.append((np.uint8(mixed), moved[..., None]))
    return pasted


def mix_lessons(parts: list, shares: list, image_size: int, batch_size: int, seed: int):
    """Draw batches without end from several lists of lessons, by their shares, augmented.

    A batch is image float32 [B, H, W, 3] and answers uint8 [B, H, W, 4].
    """
    drawn = [_repeat(part, seed + number) for number, part in enumerate(parts)]
    mixed = tf.data.Dataset.sample_from_datasets(drawn, shares, seed=seed).batch(batch_size)
    seeds = tf.data.Dataset.random(seed=seed).batch(2)

    def finish(batch, batch_seed):
        image, ids = augment(*batch, batch_seed, WIDE)
        image = tf.image.resize(image, [image_size] * 2, antialias=True)
        ids = tf.image.resize(ids, [image_size] * 2, method="nearest")
        return image, tf.gather(ANSWERS, tf.cast(ids[..., 0], tf.int32))

    batches = tf.data.Dataset.zip((mixed, seeds)).map(finish, num_parallel_calls=2)
    return batches.prefetch(4)


def blend_lessons(batches, seed: int) -> tf.data.Dataset:
    """Lay another picture over each of the first half of a batch; of these nothing is asked.

    No mask says what two pictures in one show, but a teacher has an answer to anything: this is how
    few photos become many.

    Source: Zhang et al., mixup, ICLR 2018, section 2; for a teacher's answers Beyer et al.,
    Knowledge distillation: A good teacher is patient and consistent, CVPR 2022, section 3.
    """
    seeds = tf.data.Dataset.random(seed=seed).batch(2)

    def blend(batch, batch_seed):
        images, answers = batch
        half = tf.shape(images)[0] // 2
        seen = tf.random.stateless_uniform([half, 1, 1, 1], batch_seed)
        blended = seen * images[:half] + (1 - seen) * images[::-1][:half]
        silent = tf.fill(tf.shape(answers[:half]), tf.constant(NOT_ASKED, answers.dtype))
        kept = images[half:], answers[half:]
        return tuple(tf.concat(parts, 0) for parts in zip((blended, silent), kept, strict=True))

    return tf.data.Dataset.zip((batches, seeds)).map(blend, num_parallel_calls=2).prefetch(4)


def _repeat(lessons: list, seed: int) -> tf.data.Dataset:
    images, ids = (np.stack(part) for part in zip(*lessons, strict=True))

    def pick(index):
        image, mask = tf.numpy_function(lambda i: (images[i], ids[i]), [index], [tf.uint8] * 2)
        return tf.ensure_shape(image, images.shape[1:]), tf.ensure_shape(mask, ids.shape[1:])

    order = tf.data.Dataset.range(len(lessons)).shuffle(len(lessons), seed=seed).repeat()
    return order.map(pick, num_parallel_calls=2)


def _shrink(image, ids):
    image = cv2.resize(image, (SIDE, SIDE), interpolation=cv2.INTER_AREA)
    return image, cv2.resize(ids, (SIDE, SIDE), interpolation=cv2.INTER_NEAREST)[..., None]

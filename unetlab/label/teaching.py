"""Teach: the head learns from all masks so far, from kept features, within seconds."""

import time
from collections.abc import Callable, Mapping

import cv2
import keras
import numpy as np

from unetlab.decoders import DECODERS
from unetlab.label.features import KeptFeatures
from unetlab.losses import DiceCrossEntropy
from unetlab.photo import NOT_SAID
from unetlab.training import BuildOptimizer

FILTERS = (96, 64, 48, 24)
# So many steps end within 20 seconds on one quiet core at 128 pixels, so that the seed decides.
STEPS, BATCH_SIZE, LEARNING_RATE = 160, 8, 3e-3
# Of the progress, the share that computing features has.
LOOKING = 0.3


def teach(
    images,
    masks,
    num_classes: int = 2,
    image_size: int | tuple[int, int] = 128,
    features: KeptFeatures | None = None,
    seconds: float = 20,
    progress: Callable[[float], object] | None = None,
    seed: int = 0,
) -> keras.Model:
    """Teach a head over a frozen encoder all masks so far.

    The encoder looks at each photo once, and what it says is kept in `features` for the next
    lesson. The head begins anew each time, so that the model depends on the masks and the seed
    alone, not on the order in which they were drawn; as long as the steps end within the seconds.

    Args:
        images: photos uint8 [H, W, 3], 0..255: a list, or a mapping from names.
        masks: for each photo, or for some names, a mask integer [H, W, 1], class ids from 0, and
            255 where nothing is labelled: such pixels teach nothing.
        num_classes: number of classes, the background among them.
        image_size: height and width in pixels, or one number for both; multiples of 32.
        features: what was kept so far, of the same `image_size`; None to begin with nothing.
        seconds: the longest that the head may learn, features not counted.
        progress: called with the share done, 0..1, now and then; if it answers False, the lesson
            ends there.
        seed: of the first weights and of the photos' order.

    Returns:
        A `keras.Model` from image [B, h, w, 3] in 0..255 to logits, its encoder the layer
        "encoder", like one from `build_unet`.

    Raises:
        ValueError: a mask differs from its photo in size or holds another id, there are not as many
            as photos, or no subject is labelled.

    Example:
        >>> image = np.full([64, 64, 3], 200, np.uint8)
        >>> mask = np.zeros([64, 64, 1], np.uint8)
        >>> mask[:, 32:] = 1
        >>> kept = KeptFeatures(32, weights="starter")
        >>> teach([image], [mask], image_size=32, features=kept, seconds=1).output_shape
        (None, 32, 32, 1)
    """
    progress = progress or (lambda share: None)
    features = KeptFeatures(image_size) if features is None else features
    lessons = _gather(images, masks, num_classes, features, progress)
    head, model = _build(features.encoder, 1 if num_classes == 2 else num_classes, seed)
    # Quick, since the encoder takes no part: only the head is compiled and fitted.
    head.compile(keras.optimizers.Adam(LEARNING_RATE), DiceCrossEntropy(ignore_class=NOT_SAID))
    batches = _Batches(lessons, seed)
    head.fit(batches, epochs=1, verbose=0, callbacks=[_Lesson(seconds, progress)])
    return model


def _gather(images, masks, num_classes, features, progress) -> list:
    if isinstance(masks, Mapping):
        examples = ((name, images[name], mask) for name, mask in masks.items())
    else:
        pairs = zip(images, masks, strict=True)
        examples = ((number, *pair) for number, pair in enumerate(pairs))
    lessons = []
    for name, image, mask in examples:
        mask = _check_mask(mask, image, name, num_classes)
        small = cv2.resize(mask, features.image_size[::-1], interpolation=cv2.INTER_NEAREST_EXACT)
        lessons.append((features.look_at(image), small))
        progress(LOOKING * len(lessons) / len(masks))
    # Where white is 255, a mask of 0 and 255 would teach that there is only background.
    if not any(((mask != 0) & (mask != NOT_SAID)).any() for _, mask in lessons):
        raise ValueError(
            f"the {len(lessons)} masks hold no class but 0, and {NOT_SAID}, which is not labelled; "
            "expected a subject somewhere: label a photo first."
        )
    return lessons


def _check_mask(mask, image, name, num_classes) -> np.ndarray:
    mask, sides = np.asarray(mask), np.shape(image)[:2]
    if mask.shape not in (sides, (*sides, 1)):
        raise ValueError(
            f"the mask of {name!r} is {mask.shape} and the image {np.shape(image)}, expected one "
            "height and width: label the photo again."
        )
    wrong = mask[~np.isin(mask, (*range(num_classes), NOT_SAID))]
    if wrong.size:
        raise ValueError(
            f"the mask of {name!r} holds class {wrong[0]}, expected 0 to {num_classes - 1}, or "
            f"{NOT_SAID} where nothing is labelled: give a larger num_classes, or label it again."
        )
    return mask.reshape(sides).astype(np.uint8)


def _build(encoder, logits: int, seed: int):
    image = keras.Input(encoder.inputs[0].shape[1:], name="image")
    features = encoder(image)
    features = features if isinstance(features, list) else [features]
    output = DECODERS["bilinear"].decode(features, logits, FILTERS)
    head, model = keras.Model(features, output), keras.Model(image, output, name="unet")
    # From seeds of their own: the global seed belongs to whoever runs beside this thread.
    for number, variable in enumerate(head.trainable_variables):
        if variable.path.endswith("kernel"):
            draw = keras.initializers.GlorotUniform(seed=1000 * seed + number)
            variable.assign(draw(variable.shape))
    return head, model


class _Batches(keras.utils.PyDataset):
    """Batches of kept features, each photo upright or mirrored, in a seeded order."""

    def __init__(self, lessons, seed):
        super().__init__()
        self.lessons = lessons
        random_generator = np.random.default_rng(seed)
        rounds = -(-STEPS * BATCH_SIZE // len(lessons))
        order = [random_generator.permutation(len(lessons)) for _ in range(rounds)]
        self.order = np.concatenate(order)[: STEPS * BATCH_SIZE].reshape(STEPS, BATCH_SIZE)
        self.mirrored = random_generator.integers(0, 2, self.order.shape)

    def __len__(self):
        return STEPS

    def __getitem__(self, step):
        chosen = list(zip(self.order[step], self.mirrored[step], strict=True))
        maps = [self.lessons[photo][0] for photo, _ in chosen]
        features = tuple(
            np.stack([part[side] for part, (_, side) in zip(parts, chosen, strict=True)]).astype(
                np.float32
            )
            for parts in zip(*maps, strict=True)
        )
        masks = [self.lessons[photo][1][:, :: -1 if side else 1] for photo, side in chosen]
        return features, np.stack(masks)[..., None]


class _Lesson(BuildOptimizer):
    """Let the rate fall to the end of the steps or of the seconds, whichever comes first."""

    def __init__(self, seconds, progress):
        super().__init__()
        self.seconds, self.progress, self.start = seconds, progress, None

    def on_train_batch_end(self, batch, logs=None):
        self.start = self.start or time.perf_counter()
        share = max((batch + 1) / STEPS, (time.perf_counter() - self.start) / self.seconds)
        self._set_rate(LEARNING_RATE * (1 + np.cos(np.pi * min(1, share))) / 2)
        if share >= 1 or self.progress(LOOKING + (1 - LOOKING) * share) is False:
            self.model.stop_training = True

"""Features of the frozen encoder, computed once a photo and kept."""

import hashlib

import keras
import numpy as np

from unetlab.checks import check_image, height_and_width
from unetlab.encoders import build_encoder
from unetlab.label.proposals import shrink


class KeptFeatures:
    """What a frozen encoder says of each photo and of its mirror image, computed once.

    Photos are known by their pixels at the encoder's size, not by their names: one that changed is
    looked at again. The finest map, of half the photo's size, is left out: it takes more room than
    all others together, and a head learns as well without it in the same seconds. At 128 pixels a
    photo takes 1 MB with `mobilenet_v2`, in half precision.

    Args:
        image_size: height and width in pixels, or one number for both; multiples of 32.
        encoder: a name in `ENCODERS`, or a Keras model, as in `build_encoder`.
        weights: as in `build_encoder`.

    Raises:
        ValueError: as in `build_encoder`.

    Example:
        >>> kept = KeptFeatures(image_size=32, weights="starter")
        >>> maps = kept.look_at(np.zeros([50, 70, 3], np.uint8))
        >>> [part.shape for part in maps][:2]
        [(2, 8, 8, 144), (2, 4, 4, 192)]
    """

    def __init__(self, image_size=128, encoder="mobilenet_v2", weights="auto"):
        self.image_size = height_and_width(image_size)
        whole = build_encoder(encoder, self.image_size, weights)
        self.encoder = keras.Model(whole.inputs[0], whole.outputs[1:], name="encoder")
        # Where its weights are random they do not learn here either: they would not be kept.
        self.encoder.trainable = False
        self._maps = {}

    def look_at(self, image) -> list[np.ndarray]:
        """Return maps float16 [2, h, w, C], fine to coarse, of a photo and its mirror image."""
        small = shrink(check_image(image), self.image_size).round().astype(np.uint8)
        key = hashlib.blake2b(small, digest_size=16).digest()
        if key not in self._maps:
            pair = np.stack([small, small[:, ::-1]]).astype(np.float32)
            maps = self.encoder.predict_on_batch(pair)
            maps = maps if isinstance(maps, list) else [maps]
            self._maps[key] = [np.asarray(part, np.float16) for part in maps]
        return self._maps[key]

"""Cached features: what a frozen encoder says of an image is computed once, not in every epoch.

Taught in: notebooks/06_train_faster.ipynb
"""

import keras
import tensorflow as tf


def cache_features(encoder: keras.Model, batches: tf.data.Dataset) -> tf.data.Dataset:
    """Run a frozen encoder over the batches once, and keep its features in memory.

    The first pass computes; later ones read. What is drawn at random before, as in augmentation, is
    drawn once. To keep several draws of each image, or its mirror image, pass batches that hold
    them: features of a mirrored image are not mirrored features.

    Args:
        encoder: a frozen model from image [B, H, W, 3] to features, such as `build_encoder` makes.
        batches: (image, mask), with an end.

    Returns:
        Batches (features, mask), the features a tuple, whose order is left to be shuffled. A batch
        takes the bytes of its features: for MobileNetV2 at 128 pixels 2.5 MB an image, and half of
        it where the encoder computes in half precision.

    Raises:
        ValueError: the encoder can still learn, so that its features will change.

    Example:
        >>> from unetlab.shapes import load_shapes
        >>> image = keras.Input([32, 32, 3])
        >>> encoder = keras.Model(image, keras.layers.Conv2D(4, 2, strides=2)(image))
        >>> encoder.trainable = False
        >>> batches = cache_features(encoder, load_shapes("cars", 3, 32).batch(2))
        >>> [(features[0].shape[0], mask.shape[0]) for features, mask in batches]
        [(2, 2), (1, 1)]

    Taught in: notebooks/06_train_faster.ipynb
    """
    if encoder.trainable_weights:
        raise ValueError(
            f"the encoder {encoder.name!r} has {len(encoder.trainable_weights)} trainable weights, "
            "expected none, since kept features would not follow them; set encoder.trainable = "
            "False first."
        )

    def encode(image, mask):
        return tuple(keras.tree.flatten(encoder(image, training=False))), mask

    return batches.map(encode).cache()

"""Drawn scenes by name, for the data sets whose photos are not at hand.

Taught in: notebooks/02_carvana_masking.ipynb
"""

from collections.abc import Sequence

import tensorflow as tf

from unetlab.shapes import draw_scene


def draw_examples(
    kind: str, names: Sequence[str], image_size: int | tuple[int, int]
) -> tf.data.Dataset:
    """Draw one scene for each name, when it is asked for.

    Args:
        kind: as in `draw_scene`.
        names: `drawnNUMBER`, with or without `_VIEW` behind; the number is the scene's seed.
        image_size: height and width in pixels, or one number for both.

    Returns:
        Examples (image uint8 [H, W, 3], mask uint8 [H, W, 1], 0 background and 1 subject).

    Example:
        >>> [mask.shape for image, mask in draw_examples("chairs", ["drawn0007"], 32)]
        [TensorShape([32, 32, 1])]

    Taught in: notebooks/02_carvana_masking.ipynb
    """
    seeds = [int(name.removeprefix("drawn").partition("_")[0]) for name in names]

    def draw(seed):
        image, mask = tf.numpy_function(
            lambda seed: draw_scene(kind, image_size, int(seed)), [seed], [tf.uint8] * 2
        )
        return tf.ensure_shape(image, [None, None, 3]), tf.ensure_shape(mask, [None, None, 1])

    examples = tf.data.Dataset.from_tensor_slices(seeds)
    return examples.map(draw, num_parallel_calls=tf.data.AUTOTUNE)

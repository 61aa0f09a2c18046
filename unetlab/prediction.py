"""Prediction: an image of any size in, a mask of the same size out.

Taught in: notebooks/01_pets_segmentation.ipynb
"""

import keras
import numpy as np
import tensorflow as tf
from keras import ops

from unetlab.confusion import class_ids, confusion_matrices


def predict_logits(model: keras.Model, image) -> np.ndarray:
    """Predict logits at the image's own size.

    The image is shrunk to the model's size, and the logits are enlarged: enlarging the mask itself
    would turn its edges into stairs.

    Args:
        model: from image [B, h, w, 3] in 0..255 to logits [B, h, w, C].
        image: uint8 or float [H, W, 3], 0..255, of any size.

    Returns:
        logits: float32 [H, W, C].

    Raises:
        ValueError: the image has another shape, or its values seem to be in 0..1.

    Example:
        >>> model = keras.Sequential([keras.Input([32, 32, 3]), keras.layers.Conv2D(3, 1)])
        >>> predict_logits(model, np.zeros([50, 70, 3], np.uint8)).shape
        (50, 70, 3)

    Taught in: notebooks/01_pets_segmentation.ipynb
    """
    image = check_image(image)
    small = tf.image.resize(image, model.input_shape[1:3], antialias=True)
    # Calling the model itself would run layer by layer: three to eight times slower, measured with
    # MobileNetV2 at 512 and 96 pixels. This compiles in a second, once.
    logits = model.predict_on_batch(small[None])
    return tf.image.resize(logits, image.shape[:2])[0].numpy()


def predict_mask(model: keras.Model, image) -> np.ndarray:
    """Predict the mask of one image, at the image's own size.

    Args:
        model: as in `predict_logits`.
        image: as in `predict_logits`.

    Returns:
        predicted_mask: uint8 [H, W, 1], class ids from 0.

    Raises:
        ValueError: as in `predict_logits`.

    Example:
        >>> model = keras.Sequential([keras.Input([32, 32, 3]), keras.layers.Conv2D(1, 1)])
        >>> predict_mask(model, np.zeros([50, 70, 3], np.uint8)).shape
        (50, 70, 1)

    Taught in: notebooks/01_pets_segmentation.ipynb
    """
    return ops.convert_to_numpy(class_ids(predict_logits(model, image))).astype(np.uint8)


def confusion_by_image(
    model: keras.Model, batches: tf.data.Dataset, num_classes: int
) -> np.ndarray:
    """Predict every batch once and count, image by image, what was taken for what.

    The sum over the images is the confusion matrix of the data set; each one alone says how well
    its image went.

    Args:
        model: from image [B, H, W, 3] to logits [B, H, W, C].
        batches: (image, mask) or (image, mask, sample_weight); weights are not used.
        num_classes: number of classes, the background among them.

    Returns:
        float64 [N, num_classes, num_classes]; row: true class, column: predicted class.

    Example:
        >>> from unetlab.shapes import load_shapes
        >>> model = keras.Sequential([keras.Input([32, 32, 3]), keras.layers.Conv2D(1, 1)])
        >>> confusion_by_image(model, load_shapes("cars", 3, 32).batch(2), 2).shape
        (3, 2, 2)

    Taught in: notebooks/01_pets_segmentation.ipynb
    """
    matrices = [
        confusion_matrices(mask, class_ids(model.predict_on_batch(image)), num_classes)
        for image, mask, *_ in batches
    ]
    return np.concatenate([*map(ops.convert_to_numpy, matrices)]).astype(np.float64)


def check_image(image) -> np.ndarray:
    """Return the image as an array, or raise if it is not [H, W, 3] in 0..255.

    Args:
        image: anything that NumPy can read.

    Returns:
        The image as a NumPy array of its own dtype.

    Raises:
        ValueError: says what was found and what to do.

    Example:
        >>> check_image(np.zeros([4, 4]))
        Traceback (most recent call last):
        ...
        ValueError: the image is float64 (4, 4), but it must be [H, W, 3]; turn grey into RGB, ...

    Taught in: notebooks/01_pets_segmentation.ipynb
    """
    image = np.asarray(image)
    if image.ndim != 3 or image.shape[2] != 3 or 0 in image.shape:
        raise ValueError(
            f"the image is {image.dtype} {image.shape}, but it must be [H, W, 3]; turn grey into "
            "RGB, drop an alpha channel, and pass one image, not a batch."
        )
    if image.dtype.kind == "f" and 0 < image.max() <= 1:
        raise ValueError(
            f"the image's largest value is {image.max():.3g}, but values must be in 0..255; "
            "multiply an image in 0..1 by 255."
        )
    return image

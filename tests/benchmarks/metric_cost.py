"""What it costs to update mean IoU and Dice by a batch, against Keras and scikit-learn."""

import keras
import numpy as np
import tensorflow as tf
from measures import Measure, take_turns
from sklearn.metrics import confusion_matrix

from unetlab.metrics import Dice, MeanIoU

BATCH, SIZE, CLASSES = 8, 128, 3


def updater(metric):
    """Return a function that updates a metric inside a graph, as `fit` does."""
    metric.update_state(*first_batch())  # builds its variables outside of the graph

    @tf.function
    def update(mask, logits):
        metric.update_state(mask, logits)

    return update


def first_batch():
    """Return masks and logits of random values."""
    random = np.random.default_rng(0)
    mask = random.integers(0, CLASSES, [BATCH, SIZE, SIZE, 1]).astype(np.uint8)
    return tf.constant(mask), tf.constant(random.normal(size=[*mask.shape[:3], CLASSES]), "float32")


def measure(quick):
    """Update each metric by the same batch in turn; the values agree."""
    mask, logits = first_batch()
    keras_metric = keras.metrics.MeanIoU(CLASSES, sparse_y_pred=False)
    ours = MeanIoU(CLASSES)
    updates = {"mean IoU": updater(ours), "keras": updater(keras_metric)}
    updates["Dice"] = updater(Dice(CLASSES, class_id=1))
    ways = {name: lambda update=update: update(mask, logits) for name, update in updates.items()}
    ways["scikit-learn"] = lambda: confusion_matrix(
        mask.numpy().ravel(), logits.numpy().argmax(-1).ravel()
    )
    seconds = take_turns(ways, rounds=5 if quick else 51)
    np.testing.assert_allclose(ours.result(), keras_metric.result(), atol=1e-4)
    label = f"by a batch of {BATCH} at {SIZE} px"
    return [
        Measure(f"{name} {label}", 1000 * seconds[way], 1000 * seconds[other], "ms", against)
        for name, way, other, against in (
            ("mean IoU", "mean IoU", "keras", "keras.metrics.MeanIoU"),
            ("mean IoU", "mean IoU", "scikit-learn", "sklearn.metrics.confusion_matrix"),
            ("Dice", "Dice", "keras", "keras.metrics.MeanIoU"),
        )
    ]

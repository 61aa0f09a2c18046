"""What it costs to update mean IoU and Dice by a batch, against Keras and scikit-learn."""

import keras
import numpy as np
import tensorflow as tf
from measures import Measure, take_turns
from sklearn.metrics import confusion_matrix

from unetlab.metrics import Dice, MeanIoU

# Batch, size in pixels and classes: the pets of notebook 01, and as many classes as PASCAL VOC has.
CASES = ((8, 128, 3), (2, 512, 21))


def updater(metric, batch):
    """Return a function that updates a metric inside a graph, as `fit` does."""
    metric.update_state(*batch)  # builds its variables outside of the graph
    update = tf.function(lambda mask, logits: metric.update_state(mask, logits))
    return lambda: update(*batch)


def random_batch(count, size, classes):
    """Return masks and logits of random values."""
    random = np.random.default_rng(0)
    mask = random.integers(0, classes, [count, size, size, 1]).astype(np.uint8)
    return tf.constant(mask), tf.constant(random.normal(size=[*mask.shape[:3], classes]), "float32")


def measure_case(count, size, classes, rounds):
    """Update each metric by the same batch in turn; the values agree."""
    mask, logits = batch = random_batch(count, size, classes)
    keras_metric = keras.metrics.MeanIoU(classes, sparse_y_pred=False)
    ours = MeanIoU(classes)
    ways = {"mean IoU": updater(ours, batch), "keras": updater(keras_metric, batch)}
    ways["Dice"] = updater(Dice(classes, class_id=1), batch)
    ways["scikit-learn"] = lambda: confusion_matrix(
        mask.numpy().ravel(), logits.numpy().argmax(-1).ravel()
    )
    seconds = take_turns(ways, rounds)
    np.testing.assert_allclose(ours.result(), keras_metric.result(), atol=1e-4)
    label = f"by a batch of {count} at {size} px, {classes} classes"
    return [
        Measure(f"{name} {label}", 1000 * seconds[name], 1000 * seconds[other], "ms", against)
        for name, other, against in (
            ("mean IoU", "keras", "keras.metrics.MeanIoU"),
            ("mean IoU", "scikit-learn", "sklearn.metrics.confusion_matrix"),
            ("Dice", "keras", "keras.metrics.MeanIoU"),
        )
    ]


def measure(quick):
    """Measure few and many classes."""
    return [one for case in CASES for one in measure_case(*case, rounds=5 if quick else 51)]

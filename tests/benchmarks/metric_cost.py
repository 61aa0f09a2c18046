"""What it costs to update mean IoU and Dice by a batch, against Keras and scikit-learn."""

import keras
import numpy as np
import tensorflow as tf
from measures import Measure, take_turns
from sklearn.metrics import confusion_matrix

from unetlab import Dice, MeanIoU

# Batch, size in pixels and classes: the pets of notebook 01, and as many classes as PASCAL VOC has.
CASES = ((8, 128, 3), (2, 512, 21))


def updater(metric, mask, logits):
    """Return a function that updates a metric inside a graph, as `fit` does."""
    metric.update_state(mask, logits)  # builds its variables outside of the graph
    update = tf.function(lambda mask, logits: metric.update_state(mask, logits))
    return lambda: update(mask, logits)


def measure_case(count, size, classes, rounds):
    """Update each metric by the same batch in turn; the values agree."""
    random = np.random.default_rng(0)
    mask = tf.constant(random.integers(0, classes, [count, size, size, 1]).astype(np.uint8))
    logits = tf.constant(random.normal(size=[count, size, size, classes]), "float32")
    ours, peer = MeanIoU(classes), keras.metrics.MeanIoU(classes, sparse_y_pred=False)
    ids = mask.numpy().ravel(), logits.numpy().argmax(-1).ravel()
    ways = {
        "mean IoU": updater(ours, mask, logits),
        "Dice": updater(Dice(classes, class_id=1), mask, logits),
        "keras.metrics.MeanIoU": updater(peer, mask, logits),
        "sklearn.metrics.confusion_matrix": lambda: confusion_matrix(*ids),
    }
    milliseconds = {name: 1000 * one for name, one in take_turns(ways, rounds).items()}
    np.testing.assert_allclose(ours.result(), peer.result(), atol=1e-4)
    label = f"by a batch of {count} at {size} px, {classes} classes"
    return [
        Measure(f"{name} {label}", milliseconds[name], milliseconds[other], "ms", other)
        for name in list(ways)[:2]
        for other in list(ways)[2:]
    ]


def measure(quick):
    """Measure few and many classes."""
    return [one for case in CASES for one in measure_case(*case, rounds=5 if quick else 51)]

"""Losses and metrics on two devices agree with those on one."""

import json
import subprocess
import sys

import numpy as np

# Devices can be divided only before TensorFlow has started, so this runs in a process of its own.
TRAIN_TWICE = """
import json
import tensorflow as tf
processor = tf.config.list_physical_devices("CPU")[0]
tf.config.set_logical_device_configuration(
    processor, [tf.config.LogicalDeviceConfiguration()] * 2)
import keras
from unetlab import Dice, DiceCrossEntropy, prepare_batches
from unetlab.drawn.scenes import load_shapes

def train(strategy):
    keras.utils.set_random_seed(0)
    # Not shuffled: under a strategy Keras draws one batch more, and with it one order more.
    batches = prepare_batches(load_shapes("cars", 8, 32), 32, batch_size=4)
    with strategy.scope():
        # Without batch norm, which would see half a batch on each device.
        image = keras.Input([32, 32, 3])
        x = keras.layers.Rescaling(1 / 255)(image)
        x = keras.layers.Conv2D(4, 3, padding="same", activation="relu")(x)
        model = keras.Model(image, keras.layers.Conv2D(1, 1)(x))
        model.compile(keras.optimizers.SGD(0.02), DiceCrossEntropy(), metrics=[Dice(2, class_id=1)])
    return model.fit(batches, epochs=3, verbose=0, shuffle=False).history

one = train(tf.distribute.get_strategy())
two = train(tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"]))
print(json.dumps([one, two]))
"""


def test_two_devices_train_as_one():
    result = subprocess.run(
        [sys.executable, "-c", TRAIN_TWICE], capture_output=True, text=True, timeout=120
    )
    assert result.returncode == 0, result.stderr[-2000:]
    one, two = json.loads(result.stdout.strip().splitlines()[-1])
    assert set(one) == {"loss", "dice"}
    assert one["loss"][-1] < one["loss"][0]
    for name in one:
        np.testing.assert_allclose(one[name], two[name], rtol=1e-4)

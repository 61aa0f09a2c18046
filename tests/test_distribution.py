"""Losses and metrics on two devices agree with those on one, on TensorFlow and on JAX."""

import importlib.util
import json
import os
import subprocess
import sys

import numpy as np
import pytest

# Devices can be divided only before a backend has started, so each runs in a process of its own.
TRAINING = """
import json
import keras
from unetlab import Dice, DiceCrossEntropy, load_shapes, prepare_batches

def train():
    keras.utils.set_random_seed(0)
    # Without batch norm, which on TensorFlow would see half a batch on each device.
    image = keras.Input([32, 32, 3])
    x = keras.layers.Rescaling(1 / 255)(image)
    x = keras.layers.Conv2D(4, 3, padding="same", activation="relu")(x)
    model = keras.Model(image, keras.layers.Conv2D(1, 1)(x))
    model.compile(keras.optimizers.SGD(0.02), DiceCrossEntropy(), metrics=[Dice(2, class_id=1)])
    return model

def fit(model):
    # Not shuffled: under a strategy Keras draws one batch more, and with it one order more.
    batches = prepare_batches(load_shapes("cars", 8, 32), 32, batch_size=4)
    return model.fit(batches, epochs=3, verbose=0, shuffle=False).history

"""
TENSORFLOW = """
import tensorflow as tf
tf.config.set_logical_device_configuration(
    tf.config.list_physical_devices("CPU")[0], [tf.config.LogicalDeviceConfiguration()] * 2)
%s
one = fit(train())
with tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"]).scope():
    model = train()
print(json.dumps([2, one, fit(model)]))
"""
JAX = """
%s
one = fit(train())
parallel = keras.distribution.DataParallel()
keras.distribution.set_distribution(parallel)
print(json.dumps([parallel.device_mesh.devices.size, one, fit(train())]))
"""


# `make test-backends` runs what is not slow.
ON_TENSORFLOW = pytest.param("tensorflow", TENSORFLOW, marks=pytest.mark.slow)


@pytest.mark.parametrize(("backend", "program"), [ON_TENSORFLOW, ("jax", JAX)])
def test_two_devices_train_as_one(backend, program):
    if importlib.util.find_spec(backend) is None:
        pytest.skip(f"{backend} is not installed")
    environment = {**os.environ, "KERAS_BACKEND": backend, "JAX_PLATFORMS": "cpu"}
    if backend == "jax":
        environment["XLA_FLAGS"] = "--xla_force_host_platform_device_count=2"
    command = [sys.executable, "-c", program % TRAINING]
    result = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300)
    assert result.returncode == 0, result.stderr[-2000:]
    devices, one, two = json.loads(result.stdout.strip().splitlines()[-1])
    assert devices == 2 and set(one) == {"loss", "dice"}
    assert one["loss"][-1] < one["loss"][0]
    for name in one:
        np.testing.assert_allclose(one[name], two[name], rtol=1e-4)

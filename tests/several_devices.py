"""Train a small U-Net by `fit` on JAX over several devices; print its history as JSON.

Usage: KERAS_BACKEND=jax python tests/several_devices.py

Devices of one process: XLA_FLAGS=--xla_force_host_platform_device_count=2 makes two of a processor.
"""

import json

import keras

from unetlab.drawn.scenes import load_shapes
from unetlab.losses import DiceCrossEntropy
from unetlab.metrics import Dice
from unetlab.pipeline import prepare_batches
from unetlab.unet import build_plain_unet

COUNT, BATCH_SIZE, EPOCHS = 16, 8, 3


def train() -> dict:
    """Divide each batch among all devices and train; return what a notebook would plot."""
    devices = keras.distribution.list_devices()
    parallel = keras.distribution.DataParallel(devices=devices)
    keras.distribution.set_distribution(parallel)
    keras.utils.set_random_seed(0)
    model = build_plain_unet(image_size=32, filters=(4, 8))  # batch norms and all
    model.compile(keras.optimizers.Adam(1e-2), DiceCrossEntropy(), metrics=[Dice(2, class_id=1)])
    batches = prepare_batches(load_shapes("cars", COUNT, 32), 32, BATCH_SIZE)
    history = model.fit(batches, epochs=EPOCHS, verbose=0, shuffle=False).history
    weights = [float(abs(weight).sum()) for weight in model.get_weights()]
    return {"devices": len(devices), "weights": weights, **history}


if __name__ == "__main__":
    print(json.dumps(train()))

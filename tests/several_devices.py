"""Train a small U-Net by `fit` on JAX over several devices; print its history as JSON.

Usage: KERAS_BACKEND=jax python tests/several_devices.py [INDEX COUNT ADDRESS]

Devices of one process: XLA_FLAGS=--xla_force_host_platform_device_count=2 makes two of a processor.
Several processes, of one machine or of many: each is given its number, how many there are, and the
address of the first with a free port, 127.0.0.1:1234.
"""

import json
import sys

import keras

from unetlab.drawn.scenes import load_shapes
from unetlab.losses import DiceCrossEntropy
from unetlab.metrics import Dice
from unetlab.pipeline import prepare_batches
from unetlab.unet import build_plain_unet

COUNT, BATCH_SIZE, EPOCHS = 16, 8, 3


def train(index: int = 0, count: int = 1, address: str | None = None) -> dict:
    """Divide each batch among all devices and train; return what a notebook would plot."""
    if count > 1:
        keras.distribution.initialize(address, num_processes=count, process_id=index)
    # Keras would divide ready batches, which every process has read whole. Here each process reads
    # its share: every COUNT-th example, so that together they hold the images of one batch.
    parallel = keras.distribution.DataParallel(auto_shard_dataset=False)
    keras.distribution.set_distribution(parallel)
    keras.utils.set_random_seed(0)
    model = build_plain_unet(image_size=32, filters=(4, 8))  # batch norms and all
    model.compile(keras.optimizers.Adam(1e-2), DiceCrossEntropy(), metrics=[Dice(2, class_id=1)])
    # Equal shares: a process with one batch more would wait for the others' for ever.
    share = load_shapes("cars", COUNT // count * count, 32).shard(count, index)
    batches = prepare_batches(share, 32, BATCH_SIZE // count)
    history = model.fit(batches, epochs=EPOCHS, verbose=0, shuffle=False).history
    weights = [float(abs(weight).sum()) for weight in model.get_weights()]
    return {"devices": parallel.device_mesh.devices.size, "weights": weights, **history}


if __name__ == "__main__":
    given = sys.argv[1:]
    print(json.dumps(train(int(given[0]), int(given[1]), given[2]) if given else train()))

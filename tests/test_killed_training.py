"""A training run that is killed goes on after its last whole epoch, as notebook 02 promises."""

import signal
import subprocess
import sys

EPOCHS = 5
PROGRAM = f"""
import sys, time
import keras
from unetlab.losses import DiceCrossEntropy
from unetlab.pipeline import prepare_batches
from unetlab.drawn.scenes import load_shapes
from unetlab.unet import build_plain_unet

class Report(keras.callbacks.Callback):
    def on_epoch_begin(self, epoch, logs=None):
        print("epoch", epoch, "step", int(self.model.optimizer.iterations), flush=True)
        time.sleep(float(sys.argv[2]))

keras.utils.set_random_seed(0)
model = build_plain_unet(image_size=32, filters=(4, 8))
model.compile("adam", DiceCrossEntropy())
batches = prepare_batches(load_shapes("cars", 6, 32), 32, batch_size=2)
model.fit(
    batches,
    epochs={EPOCHS},
    verbose=0,
    shuffle=False,
    callbacks=[keras.callbacks.BackupAndRestore(sys.argv[1]), Report()],
)
print("done", int(model.optimizer.iterations), flush=True)
"""


def start(folder, seconds_an_epoch):
    return subprocess.Popen(
        [sys.executable, "-c", PROGRAM, str(folder), str(seconds_an_epoch)],
        stdout=subprocess.PIPE,
        text=True,
    )


def test_killed_run_goes_on_with_its_epoch_and_its_steps(tmp_path):
    first = start(tmp_path / "backup", seconds_an_epoch=0.5)
    for line in first.stdout:
        if line.startswith("epoch 3"):
            first.send_signal(signal.SIGKILL)
    assert first.wait(timeout=60) == -signal.SIGKILL

    second = start(tmp_path / "backup", seconds_an_epoch=0)
    lines = second.communicate(timeout=120)[0].splitlines()
    # Three batches an epoch; the weights and the optimizer's steps come back with the epoch.
    assert lines == ["epoch 3 step 9", "epoch 4 step 12", "done 15"]

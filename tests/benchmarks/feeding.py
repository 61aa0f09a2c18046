"""Whether the pipeline keeps training waiting: steps fed from files beside steps fed from memory.

The quickest network that still asks for images in every step: notebook 06's small decoder on a
frozen encoder, at 128 px, in the processor's quickest precision. The pipeline reads, shrinks,
shuffles and augments the pets while the network learns on the same cores. Where training waits for
nothing, the ratio is 1.
"""

import statistics
import time

import keras
from measures import Measure
from training_speed import CLASSES, QUICK, build, compile_learner, from_memory, one_batch

from unetlab import Augmentation, load_pets, prepare_batches

SIZE = 128


def time_epoch(model, batches):
    """Return the seconds of one epoch."""
    began = time.perf_counter()
    model.fit(batches, verbose=0, shuffle=False)
    return time.perf_counter() - began


def measure(quick):
    """Time epochs of either kind; they take turns."""
    keras.utils.set_random_seed(0)
    data = load_pets("sample", (64, 16)) if quick else load_pets()
    model, _ = build(QUICK, SIZE, encoder_open=False)
    compile_learner(QUICK, model)
    count = len(data.train) // QUICK.batch * QUICK.batch
    memory = from_memory(one_batch(QUICK, model, SIZE)).take(count // QUICK.batch)
    time_epoch(model, memory)  # compiles
    rates = {"memory": [], "first pass": [], "later passes": []}
    for _ in range(1 if quick else 5):
        settings = {"num_classes": CLASSES, "shuffle": True}
        examples = data.train.take(count)
        batches = prepare_batches(examples, SIZE, QUICK.batch, Augmentation(), **settings)
        for name, found in rates.items():
            found.append(count / time_epoch(model, memory if name == "memory" else batches))
    rate = {name: statistics.median(found) for name, found in rates.items()}
    label = f"train on {data.source} at {SIZE} px, small decoder, {QUICK.policy}, fed from files"
    return [
        Measure(f"{label}, {name}", rate[name], rate["memory"], "images/s", "one batch again")
        for name in ("first pass", "later passes")
    ]

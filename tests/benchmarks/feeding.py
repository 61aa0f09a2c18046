"""Whether the pipeline keeps training waiting: steps fed from files beside steps fed from memory.

The quickest network that still asks for images in every step: notebook 06's small decoder on a
frozen encoder, at 128 px, in the processor's quickest precision. The pipeline reads, shrinks,
shuffles and augments the pets while the network learns on the same cores. The other way trains on
one batch again and again. Where training waits for nothing, the ratio is 1.
"""

import statistics
import tempfile
import time

import keras
from measures import Measure
from training_speed import (
    CLASSES,
    QUICK,
    build,
    compile_learner,
    from_memory,
    one_batch,
    write_weights,
)

from unetlab.augmentation import Augmentation
from unetlab.data.pets import load_pets
from unetlab.pipeline import prepare_batches

SIZE = 128


def time_epoch(model, batches):
    """Return the seconds of one epoch."""
    began = time.perf_counter()
    model.fit(batches, verbose=0, shuffle=False)
    return time.perf_counter() - began


def time_feeding(model, examples, rounds):
    """Return the median seconds of an epoch from memory, from files, and in later passes."""
    count = len(examples) // QUICK.batch * QUICK.batch
    memory = from_memory(one_batch(QUICK, model, SIZE)).take(count // QUICK.batch)
    time_epoch(model, memory)  # compiles
    seconds = {"memory": [], "first pass": [], "later passes": []}
    for _ in range(rounds):
        batches = prepare_batches(
            examples.take(count),
            SIZE,
            QUICK.batch,
            Augmentation(),
            num_classes=CLASSES,
            shuffle=True,
        )
        for name, found in seconds.items():
            found.append(time_epoch(model, memory if name == "memory" else batches))
    return count, {name: statistics.median(found) for name, found in seconds.items()}


def measure(quick):
    """Time epochs of either kind; they take turns."""
    keras.utils.set_random_seed(0)
    data = load_pets("sample", (64, 16)) if quick else load_pets()
    print(data.source)
    with tempfile.TemporaryDirectory() as folder:
        model, _ = build(QUICK, SIZE, encoder_open=False, weights=write_weights(folder))
    compile_learner(QUICK, model)
    count, seconds = time_feeding(model, data.train, 1 if quick else 5)
    rate = {name: count / found for name, found in seconds.items()}
    return [
        Measure(
            f"train at {SIZE} px, small decoder, {QUICK.policy}, fed from files, {name}",
            rate[name],
            rate["memory"],
            "images/s",
            "one batch again and again",
        )
        for name in ("first pass", "later passes")
    ]

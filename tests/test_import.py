"""`import unetlab` is quick next to TensorFlow, and quiet."""

import subprocess
import sys

import keras
import numpy as np
import pytest

import unetlab

PROBE = """
import tensorflow, sys
before = set(sys.modules)
import unetlab
slow = {"tensorflow_datasets", "sklearn", "pandas", "ipywidgets"}
print(sorted(slow & (set(sys.modules) - before)))
"""


def test_import_is_quiet_and_leaves_slow_libraries_alone():
    result = subprocess.run(
        [sys.executable, "-W", "error:::unetlab", "-c", PROBE],
        capture_output=True,
        text=True,
        check=True,
    )
    assert result.stdout.strip() == "[]"


def test_a_saved_model_loads_in_a_program_that_imports_nothing_else(tmp_path):
    keras.utils.set_random_seed(0)
    model = unetlab.build_unet("mobilenet_v2", 3, 32, weights=None, decoder="bilinear")
    model.compile("adam", unetlab.DiceCrossEntropy(), metrics=[unetlab.MeanIoU(3)])
    model.save(tmp_path / "model.keras")
    np.save(tmp_path / "logits.npy", model(np.full([1, 32, 32, 3], 90.0)))
    program = (
        "import keras, numpy, unetlab\n"
        "model = keras.saving.load_model('model.keras')\n"
        "logits = model(numpy.full([1, 32, 32, 3], 90.0))\n"
        "print(abs(logits - numpy.load('logits.npy')).numpy().max())"
    )
    result = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert float(result.stdout) < 1e-4


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux's C library is asked to")
def test_freed_memory_is_kept():
    program = (
        "import resource, unetlab\n"
        "for _ in range(2):\n"
        "    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt\n"
        "    large = b'x' * 2**26\n"
        "    del large\n"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)"
    )
    result = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert int(result.stdout) < 1000  # of 16384 pages

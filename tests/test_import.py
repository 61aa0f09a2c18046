"""`import unetlab` is quick next to TensorFlow, and quiet."""

import subprocess
import sys

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

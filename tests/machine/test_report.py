"""`show_machine` says in five lines what is here, and TensorFlow's own lines stay out."""

import os
import subprocess
import sys

import keras
import pytest
import tensorflow as tf

import unetlab
from unetlab.data import find_data_sets
from unetlab.machine import describe_machine
from unetlab.machine.report import find_weights
from unetlab.quiet_start import hold_back_errors, start_tensorflow


def run(program, **variables):
    """Run a program that starts TensorFlow anew."""
    environment = {name: value for name, value in os.environ.items() if name[:2] != "TF"}
    return subprocess.run(
        [sys.executable, "-c", program],
        env=environment | variables,
        capture_output=True,
        text=True,
        timeout=120,
    )


def test_five_lines_with_this_machines_versions():
    lines = describe_machine()
    assert len(lines) == 5
    for version in (tf.__version__, keras.__version__, unetlab.__version__):
        assert version in lines[0]
    assert "the starter's" in lines[4]


@pytest.mark.parametrize("first", ["import unetlab", "import unetlab; import keras, tensorflow"])
def test_nothing_in_red_before_the_lines(first):
    result = run(f"{first}; unetlab.show_machine(); import tensorflow as tf; tf.ones(3) + 1")
    assert result.returncode == 0, result.stderr
    assert result.stderr == ""
    assert len(result.stdout.splitlines()) == 5


def test_who_asks_for_tensorflows_lines_gets_them():
    if "cpu" in tf.__version__ or sys.platform != "linux":
        pytest.skip("TensorFlow greets with lines where it looks for CUDA, on Linux")
    assert "cuda" in run("import unetlab", TF_CPP_MIN_LOG_LEVEL="0").stderr.lower()


@pytest.mark.parametrize(("backend", "left"), [("tensorflow", []), ("torch", [([], "GPU")])])
def test_tensorflow_leaves_the_gpu_to_another_backend(monkeypatch, backend, left):
    calls = []
    monkeypatch.setattr(keras.backend, "backend", lambda: backend)
    monkeypatch.setattr(tf.config, "list_physical_devices", lambda kind: ["a GPU"])
    monkeypatch.setattr(tf.config, "set_visible_devices", lambda *found: calls.append(found))
    start_tensorflow()
    assert calls == left


def test_what_was_held_back_comes_out_with_an_error():
    program = (
        "import os\nfrom unetlab.quiet_start import hold_back_errors, start_tensorflow\n"
        "with hold_back_errors():\n    os.write(2, b'the library says why')\n    raise OSError"
    )
    result = run(program)
    assert result.returncode == 1
    assert "the library says why" in result.stderr and "OSError" in result.stderr


def test_what_comes_after_is_written_as_before(capfd):
    with hold_back_errors():
        os.write(2, b"before")
    os.write(2, b"after")
    assert capfd.readouterr().err == "after"


def test_weights_are_told_by_their_files():
    files = [
        "mobilenet_v2_weights_tf_dim_ordering_tf_kernels_1.0_96_no_top.h5",
        "weights_mobilenet_v3_small_224_1.0_float_no_top_v2.h5",
        "resnet50_weights_tf_dim_ordering_tf_kernels_notop.h5",
        "resnet50v2_weights_tf_dim_ordering_tf_kernels_notop.h5",
        "efficientnetb0_notop.h5",
        "some_other_file.h5",
    ]
    expected = ["mobilenet_v2", "mobilenet_v3_small", "resnet50", "resnet50_v2", "efficientnet_b0"]
    assert find_weights(files) == expected


def test_photos_are_found_where_the_loaders_look(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("UNETLAB_DATA", str(tmp_path / "photos here"))
    monkeypatch.setenv("TFDS_DATA_DIR", str(tmp_path / "tfds"))
    assert find_data_sets() == {}
    for part in ("images", "masks"):
        (tmp_path / "photos here" / "chairs" / part).mkdir(parents=True)
    pets = tmp_path / "tfds" / "oxford_iiit_pet" / "4.0.0"
    pets.mkdir(parents=True)
    (pets / "dataset_info.json").write_text("{}")
    assert find_data_sets() == {"pets": pets, "chairs": tmp_path / "photos here" / "chairs"}


def test_every_loader_reads_what_is_found(shared_data):
    found = find_data_sets()
    loaders = {"carvana": unetlab.load_carvana, "chairs": unetlab.load_chairs}
    loaders |= {"cats": unetlab.load_cats, "pets": unetlab.load_pets}
    for name in found:
        source = loaders[name]("real").source
        # Some loaders follow a link before they name the folder.
        assert any(str(path) in source for path in (found[name], found[name].resolve())), name

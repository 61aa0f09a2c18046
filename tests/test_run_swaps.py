"""The swaps: what they change, and that every "Try this" of the series can be executed."""

import copy
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
from unetlab.encoder_table import ENCODERS as ENCODER_TABLE

from run_swaps import (
    ENCODERS,
    FAST_ENCODERS,
    IMAGE_SIZES,
    OWN_FOLDERS,
    change_configuration,
    fast_swaps,
    run_swap,
    swaps_of_encoders,
    swaps_to_try,
)

NOTEBOOKS = sorted(Path(__file__).parent.parent.glob("notebooks/*.ipynb"))
CONFIGURATION = """\
import os
SHORT_RUN = os.environ.get("UNETLAB_SHORT_RUN") == "1"
ENCODER = "one"
IMAGE_SIZE = 64
LOW, HIGH = 1, 2"""
OUTPUT = 'print(ENCODER, IMAGE_SIZE, LOW, HIGH)\nassert ENCODER != "mobilenet_v3_small"'


def write_notebook(folder, try_this):
    """Write a notebook with a configuration cell and a Try this."""
    path = folder / "01_small.ipynb"
    cells = [
        new_code_cell(CONFIGURATION, metadata={"tags": ["parameters"]}),
        new_code_cell(OUTPUT),
        new_markdown_cell("## Try this\n\n" + try_this),
    ]
    nbformat.write(new_notebook(cells=cells), path)
    return path


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_every_try_this_changes_what_the_configuration_sets(path):
    swaps = list(swaps_to_try(path))
    assert len(swaps) >= 3
    for swap in swaps:
        change_configuration(nbformat.read(path, as_version=4), swap.lines)


def test_encoders_are_known_and_meet_every_notebook_and_both_sizes(monkeypatch):
    swaps = list(swaps_of_encoders(NOTEBOOKS, every_size=False))
    assert len(ENCODERS) >= 8 and set(ENCODERS) <= set(ENCODER_TABLE)
    assert len(set(swaps)) == len(ENCODERS) * len(NOTEBOOKS)
    assert len({swap.lines for swap in swaps}) == len(ENCODERS) * len(IMAGE_SIZES)
    assert {(swap.notebook, swap.lines[1]) for swap in swaps} == {
        (path, f"IMAGE_SIZE = {size}") for path in NOTEBOOKS for size in IMAGE_SIZES
    }
    assert len(list(swaps_of_encoders(NOTEBOOKS, every_size=True))) == 2 * len(swaps)
    fast = list(fast_swaps(NOTEBOOKS))
    assert [swap.notebook for swap in fast] == NOTEBOOKS
    assert {swap.lines[0] for swap in fast} == {f'ENCODER = "{name}"' for name in FAST_ENCODERS}
    assert {swap.lines[1] for swap in fast} == {f"IMAGE_SIZE = {size}" for size in IMAGE_SIZES}
    own = {swap.notebook.stem[:2]: swap.lines[-1] for swap in fast if "PHOTOS" in swap.lines[-1]}
    assert own.keys() == {"01", "02", "04", "07"} and set(own.values()) == {OWN_FOLDERS[0]}
    (chairs,) = [swap for swap in fast if OWN_FOLDERS[1] in swap.lines]
    assert chairs.notebook.stem == "03_chair_extraction"
    monkeypatch.setenv("UNETLAB_DATA", "/somewhere")
    assert all('SOURCE = "real"' in swap.lines for swap in fast_swaps(NOTEBOOKS))
    monkeypatch.delenv("UNETLAB_DATA")
    assert not any('SOURCE = "real"' in swap.lines for swap in fast_swaps(NOTEBOOKS))


def test_changed_settings_are_not_taken_for_the_given_ones():
    cell = nbformat.v4.new_code_cell(CONFIGURATION + '\nGIVEN = ENCODER == "one"')
    cell.metadata["tags"] = ["parameters"]
    for line, given in (("IMAGE_SIZE = 32", True), ('ENCODER = "two"', False)):
        notebook = nbformat.v4.new_notebook(cells=[copy.deepcopy(cell)])
        change_configuration(notebook, [line])
        names = {}
        exec(notebook.cells[0].source, names)
        assert names["GIVEN"] is given


def test_changes_are_read_from_the_text(tmp_path):
    text = '1. `ENCODER = "two"` or `"three"`, not `build_unet`.\n2. `LOW, HIGH = 3, 4`: why?'
    swaps = list(swaps_to_try(write_notebook(tmp_path, text)))
    assert [swap.lines[0] for swap in swaps] == [
        'ENCODER = "two"',
        'ENCODER = "three"',
        "LOW, HIGH = 3, 4",
    ]


def test_point_without_a_change_is_refused(tmp_path):
    with pytest.raises(SystemExit, match=r"01_small.*no change such as"):
        list(swaps_to_try(write_notebook(tmp_path, "1. Think.")))


def test_change_of_an_unknown_name_is_refused(tmp_path):
    notebook = nbformat.read(write_notebook(tmp_path, ""), as_version=4)
    with pytest.raises(SystemExit, match=r"does not set ENCODERS.*expected one of"):
        change_configuration(notebook, ['ENCODERS = "two"'])


def test_failing_swap_is_reported_and_stops_no_other(tmp_path):
    for name in ("02_small", "01_small"):
        write_notebook(tmp_path, "").rename(tmp_path / f"{name}.ipynb")
    runner = Path(__file__).with_name("run_swaps.py")
    options = ["--fast", "--folder", tmp_path, "--output", tmp_path / "out"]
    finished = subprocess.run(
        [sys.executable, runner, *options], capture_output=True, text=True, timeout=300
    )
    assert finished.returncode == 1, finished.stderr
    assert "1 of 2 ran without an error" in finished.stdout
    assert finished.stdout.count("AssertionError") == 1


def test_own_photos_are_there_for_the_notebook(tmp_path):
    (swap,) = swaps_to_try(write_notebook(tmp_path, '1. `LOW = "/a/folder"`'))
    outcome = run_swap(0, swap, tmp_path / "out")
    assert outcome.failures == []
    notebook = nbformat.read(tmp_path / "out/000/01_small.ipynb", as_version=4)
    folder = Path(notebook.cells[1].outputs[0].text.split()[2])
    assert len(list(folder.iterdir())) > 1

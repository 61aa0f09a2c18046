"""The runner runs real notebooks: it reports every failure, and none stops the others."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook, new_output

from run_notebooks import failure_in

RUNNER = Path(__file__).with_name("run_notebooks.py")
BUTTON = """\
import ipywidgets
button = ipywidgets.Button()
button.on_click(lambda _: 1 / 0)
button.click()"""
SLIDER = """\
import ipywidgets
ipywidgets.interact(lambda number: 1 // number, number=0);"""
THREAD = """\
import threading
thread = threading.Thread(target=lambda: 1 / 0)
thread.start(); thread.join()"""
SOURCES = {
    "01_good": ["import os, sys", "print(sys.executable, os.environ.get('UNETLAB_SHORT_RUN'))"],
    "02_failing": ["1", "int('two')", "print('not reached')"],
    "03_hanging": ["import time; time.sleep(60)"],
    "04_dying": ["import os; os._exit(1)"],
    "05_button": [BUTTON],
    "06_slider": [SLIDER],
    "07_thread": [THREAD],
    "08_last": ["import os", "print(os.getcwd())"],
}


def write_notebooks(folder, names):
    """Write some of the notebooks above into a folder."""
    folder.mkdir()
    for name in names:
        notebook = new_notebook(cells=[new_code_cell(source) for source in SOURCES[name]])
        nbformat.write(notebook, folder / f"{name}.ipynb")


def run(folder, *arguments, **environment):
    """Run the runner as the Makefile does."""
    command = [sys.executable, RUNNER, "--folder", folder, "--output", folder / "out", *arguments]
    return subprocess.run(
        command, capture_output=True, text=True, env={**os.environ, **environment}, timeout=120
    )


@pytest.fixture(scope="module")
def all_of_them(tmp_path_factory):
    """Run all the notebooks once; every test below looks at this run."""
    folder = tmp_path_factory.mktemp("runner") / "notebooks"
    write_notebooks(folder, SOURCES)
    # A kernel registered elsewhere under the name python3 must not be the one that runs.
    other = folder.parent / "jupyter" / "kernels" / "python3"
    other.mkdir(parents=True)
    kernel = {"argv": ["false"], "display_name": "Other", "language": "python"}
    (other / "kernel.json").write_text(json.dumps(kernel))
    jupyter = str(folder.parent / "jupyter")
    return folder, run(folder, "--short", "--timeout", "5", JUPYTER_PATH=jupyter)


def test_failures_are_summarised_and_stop_no_other_notebook(all_of_them):
    _, finished = all_of_them
    assert finished.returncode == 1, finished.stderr
    assert "2 of 8 ran without an error" in finished.stdout
    words = {line.split()[0]: line.split()[-1] for line in finished.stdout.splitlines()[:8]}
    good = ("01_good", "08_last")
    assert words == {name: "ok" if name in good else "failed" for name in SOURCES}


@pytest.mark.parametrize(
    "line",
    [
        "02_failing: code cell 2: ValueError: invalid literal for int() with base 10: 'two'",
        "03_hanging: code cell 1: CellTimeoutError: ",
        "04_dying: code cell 1: DeadKernelError: ",
        "05_button: code cell 1: ZeroDivisionError: division by zero",
        "06_slider: a widget's output: ZeroDivisionError: ",
        "07_thread: code cell 1: ZeroDivisionError: division by zero",
    ],
)
def test_summary_names_cell_and_error(all_of_them, line):
    assert line in all_of_them[1].stdout


def test_a_coloured_traceback_is_read_as_a_plain_one():
    plain = "Traceback (most recent call last):\n  File a.py\nZeroDivisionError: division by zero\n"
    coloured = (
        "\x1b[1;35mTraceback (most recent call last)\x1b[0m:\n  File \x1b[35ma.py\x1b[0m\n"
        "\x1b[1;35mZeroDivisionError\x1b[0m: \x1b[35mdivision by zero\x1b[0m\n"
    )
    found = [failure_in(new_output("stream", name="stderr", text=t)) for t in (plain, coloured)]
    assert found == ["ZeroDivisionError: division by zero"] * 2
    assert failure_in(new_output("stream", name="stderr", text="\x1b[33mslow\x1b[0m")) is None


def test_each_notebook_is_written_with_its_traceback(all_of_them):
    folder, _ = all_of_them
    for name in SOURCES:
        assert (folder / "out" / f"{name}.ipynb").exists()
        html = (folder / "out" / f"{name}.html").read_text(encoding="utf-8")
        if name in ("02_failing", "03_hanging", "04_dying"):
            assert "Error" in html


def test_own_interpreter_short_run_and_the_folder_of_the_notebook(all_of_them):
    folder, _ = all_of_them
    texts = {}
    for name in ("01_good", "08_last"):
        notebook = nbformat.read(folder / "out" / f"{name}.ipynb", as_version=4)
        texts[name] = notebook.cells[1].outputs[0].text.strip()
    assert texts == {"01_good": f"{sys.executable} 1", "08_last": str(folder)}


def test_full_run_of_one_notebook(tmp_path):
    write_notebooks(tmp_path / "notebooks", ["01_good", "02_failing"])
    finished = run(tmp_path / "notebooks", "01", UNETLAB_SHORT_RUN="1")
    assert finished.returncode == 0, finished.stderr
    assert "1 of 1 ran without an error" in finished.stdout
    assert " None" in (tmp_path / "notebooks" / "out" / "01_good.ipynb").read_text(encoding="utf-8")


def test_a_system_that_tells_no_memory_runs_them_too(tmp_path):
    # Windows has no module `resource`.
    (tmp_path / "resource.py").write_text("raise ImportError('no such module here')")
    path = os.pathsep.join(filter(None, [str(tmp_path), os.environ.get("PYTHONPATH")]))
    write_notebooks(tmp_path / "notebooks", ["01_good"])
    finished = run(tmp_path / "notebooks", "--short", PYTHONPATH=path)
    assert finished.returncode == 0, finished.stderr
    assert re.search(r"01_good +\d+ s memory unknown  ok", finished.stdout)
    assert "GB" not in finished.stdout


def test_elsewhere_the_memory_is_told(all_of_them):
    line = all_of_them[1].stdout.splitlines()[0]
    assert 0 < float(re.search(r"(\d+\.\d) GB", line)[1]) < 10


def test_beginning_that_matches_none_names_those_there_are(tmp_path):
    write_notebooks(tmp_path / "notebooks", ["01_good", "02_failing"])
    finished = run(tmp_path / "notebooks", "01", "99")
    assert finished.returncode == 1
    assert "begins with '99'; expected a beginning of 01_good, 02_failing" in finished.stderr


def test_folder_without_notebooks(tmp_path):
    write_notebooks(tmp_path / "notebooks", [])
    assert "Found no notebook in" in run(tmp_path / "notebooks").stderr

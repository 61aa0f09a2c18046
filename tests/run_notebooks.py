"""Run notebooks without a browser and write each, as it ran, as .ipynb and .html.

Usage: python tests/run_notebooks.py [--short] [BEGINNING ...]
"""

import argparse
import os
import sys
import time
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import NamedTuple

import nbformat
from jupyter_client import AsyncKernelManager
from jupyter_client.kernelspec import KernelSpecManager
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from nbconvert import HTMLExporter
from nbconvert.filters import strip_ansi
from traitlets import default

try:
    import resource
except ImportError:  # Windows has no such module
    resource = None

WIDGET_STATE = "application/vnd.jupyter.widget-state+json"
SHORT_TIMEOUT, FULL_TIMEOUT = 600, 1800
PAGES = Path(__file__).parent / "pages"  # holds the extension that gives pictures their words


class Outcome(NamedTuple):
    """What became of one notebook."""

    peak_bytes: int | None
    failures: list[str]
    seconds: float = 0.0


class OwnInterpreter(AsyncKernelManager):
    """Starts kernels in the Python that runs this file.

    Kernels registered elsewhere under the same name, a user's or an administrator's, could bring
    another Python with other packages.
    """

    @default("kernel_spec_manager")
    def _no_kernels_from_elsewhere(self):
        return KernelSpecManager(kernel_dirs=[])


def code_cells(notebook):
    """Return the code cells; their numbers, from 1, are those in JupyterLab's In [ ]."""
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def failure_in(output):
    """Return one line on the exception that an output shows, or None.

    Widgets and threads catch exceptions of the code they call and only print them: the cell
    succeeds, its output tells.
    """
    if output["output_type"] == "error":
        lines = output["evalue"].strip().splitlines() or [""]
        return f"{output['ename']}: {lines[-1]}"
    # From Python 3.13 on, a thread's traceback is coloured where a terminal may read it.
    text = strip_ansi(output.get("text", "")) if output.get("name") == "stderr" else ""
    if "Traceback (most recent call last)" in text:
        return text.strip().splitlines()[-1]
    return None


def failures_in(notebook):
    """Return one line for each exception in the outputs of the cells and of the widgets."""
    shown = [
        (f"code cell {number}", output)
        for number, cell in enumerate(code_cells(notebook), start=1)
        if "raises-exception" not in cell.metadata.get("tags", [])
        for output in cell.outputs
    ]
    widgets = notebook.metadata.get("widgets", {}).get(WIDGET_STATE, {}).get("state", {})
    for widget in widgets.values():
        shown += [("a widget's output", output) for output in widget["state"].get("outputs", [])]
    return [f"{place}: {failure}" for place, output in shown if (failure := failure_in(output))]


def execute(notebook, folder, timeout, log):
    """Run the cells in order, up to the first that fails; outputs and errors go into them."""
    reached = []
    client = NotebookClient(
        notebook,
        kernel_name="python3",
        kernel_manager_class=OwnInterpreter,
        timeout=timeout,
        startup_timeout=120,
        # JupyterLab runs a notebook in its own folder: relative paths mean the same here.
        resources={"metadata": {"path": str(folder)}},
        on_cell_start=lambda cell, cell_index: reached.append(cell),
        extra_arguments=["--InteractiveShellApp.extra_extensions=figure_words"],
    )
    try:
        # What the kernel says outside its cells would tear the lines of progress apart.
        client.execute(stdout=log, stderr=log)
    except Exception as error:
        if isinstance(error, CellExecutionError) and failures_in(notebook):
            return  # the cell's own output tells
        # The kernel hung or died, which only nbclient knows.
        lines = str(error).strip().splitlines() or [""]
        cell = reached[-1] if reached else code_cells(notebook)[0]
        cell.outputs.append(
            nbformat.v4.new_output(
                "error", ename=type(error).__name__, evalue=lines[0], traceback=lines
            )
        )


def run_notebook(path, output, short, timeout):
    """Run one notebook and write it; called in a process that runs no other."""
    os.environ.pop("UNETLAB_SHORT_RUN", None)
    if short:
        os.environ["UNETLAB_SHORT_RUN"] = "1"
    inherited = os.environ.get("PYTHONPATH")
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, (str(PAGES), inherited)))
    began = time.monotonic()
    notebook = nbformat.read(path, as_version=4)
    with (output / path.name).with_suffix(".log").open("w", encoding="utf-8") as log:
        execute(notebook, path.parent, timeout, log)
    # What kind of run its outputs are from, for the pages that show them.
    notebook.metadata["unetlab"] = {"short": short, "seconds": round(time.monotonic() - began)}
    nbformat.write(notebook, output / path.name)
    html, _ = HTMLExporter().from_notebook_node(notebook, {"metadata": {"name": path.stem}})
    (output / path.name).with_suffix(".html").write_text(html, encoding="utf-8")
    return Outcome(peak_of_children(), failures_in(notebook))


def peak_of_children():
    """Return the bytes of the largest of this process's children, the kernel, or None."""
    if resource is None:
        return None
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024  # Linux counts in KiB


def run_apart(*arguments):
    """Call `run_notebook` in a new process: nothing of one notebook reaches the next."""
    began = time.monotonic()
    with ProcessPoolExecutor(max_workers=1, mp_context=get_context("spawn")) as pool:
        try:
            outcome = pool.submit(run_notebook, *arguments).result()
        except Exception as error:
            words = f"the notebook could not be run: {type(error).__name__}: {error}"
            outcome = Outcome(None, [words])
    return outcome._replace(seconds=time.monotonic() - began)


def select_notebooks(folder, beginnings):
    """Return the notebooks whose names begin with any of the beginnings, or all of them."""
    paths = sorted(folder.glob("*.ipynb"))
    if not paths:
        raise SystemExit(f"Found no notebook in {folder}; expected at least one; write it there.")
    names = ", ".join(path.stem for path in paths)
    for beginning in beginnings:
        if not any(path.name.startswith(beginning) for path in paths):
            raise SystemExit(
                f"Found no notebook that begins with '{beginning}'; expected a beginning of "
                f"{names}; give one of these, as in NB={paths[0].name[:2]}."
            )
    return [path for path in paths if not beginnings or path.name.startswith(tuple(beginnings))]


def report(labels, outcomes, output):
    """Print a line for each run as it ends, then what failed; return the exit status."""
    width = max(map(len, labels))
    failed = {}
    for label, outcome in zip(labels, outcomes, strict=True):
        word = "failed" if outcome.failures else "ok"
        peak = outcome.peak_bytes
        memory = "memory unknown" if peak is None else f"{peak / 1e9:5.1f} GB"
        figures = f"{outcome.seconds:5.0f} s {memory}"
        print(f"{label:{width}} {figures}  {word}", flush=True)
        if outcome.failures:
            failed[label] = outcome.failures
    print(f"{len(labels) - len(failed)} of {len(labels)} ran without an error; see {output}")
    for label, failures in failed.items():
        print(*(f"{label}: {failure}" for failure in failures), sep="\n")
    return 1 if failed else 0


def parse_arguments(arguments=None):
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "beginnings", nargs="*", metavar="BEGINNING", help="such as 01; all if none"
    )
    parser.add_argument("--short", action="store_true", help="set UNETLAB_SHORT_RUN=1")
    parser.add_argument("--timeout", type=int, help="seconds a cell may take")
    parser.add_argument("--jobs", type=int, help="how many notebooks run at the same time")
    parser.add_argument("--folder", type=Path, default=Path("notebooks"))
    parser.add_argument("--output", type=Path, default=Path("build/notebooks"))
    return parser.parse_args(arguments)


def main():
    """Run the selected notebooks and summarise the failures."""
    options = parse_arguments()
    paths = select_notebooks(options.folder, options.beginnings)
    options.output.mkdir(parents=True, exist_ok=True)
    timeout = options.timeout or (SHORT_TIMEOUT if options.short else FULL_TIMEOUT)
    # A short run mostly compiles, on one core; a full run uses all of them.
    jobs = options.jobs or (2 if options.short else 1)
    with ThreadPoolExecutor(jobs) as pool:
        outcomes = pool.map(
            lambda path: run_apart(
                path.resolve(), options.output.resolve(), options.short, timeout
            ),
            paths,
        )
        return report([path.stem for path in paths], outcomes, options.output)


if __name__ == "__main__":
    sys.exit(main())

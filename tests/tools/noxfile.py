"""Tests with other versions of packages and of Python.

Usage: nox --noxfile tests/tools/noxfile.py [--sessions NAME ...]

What learners open in Colab and Kaggle finds there the packages of tests/hosted: an install that
would replace one of them has no solution, and fails. A Python that is not there is left out.
"""

import os
from pathlib import Path

import nox

ROOT = Path(__file__).parents[2]
MODULES = ("losses", "metrics")  # what asks most of Keras; the notebook trains and predicts
NOTEBOOK = "notebooks/01_pets_segmentation.ipynb"

nox.options.default_venv_backend = "uv"
nox.options.envdir = ROOT / "build/nox"
nox.options.error_on_missing_interpreters = False
os.environ["UV_PYTHON_DOWNLOADS"] = "never"
for folder in sorted(Path.home().glob(".pyenv/versions/*/bin")):  # where pyenv keeps its Pythons
    os.environ["PATH"] += os.pathsep + str(folder)


def install_and_run(session, *options):
    """Install unetlab, test what depends on others most, and run the first notebook."""
    session.chdir(ROOT)
    session.install("--compile-bytecode", "--editable", ".[test]", *options)
    tests = [f"tests/test_{module}.py" for module in MODULES]
    session.run("pytest", "-p", "no:cacheprovider", "-n", "2", *tests)
    session.run(
        *("jupyter", "nbconvert", "--to", "html", "--execute", "--log-level", "ERROR"),
        *("--ExecutePreprocessor.timeout=600", f"--output-dir={session.create_tmp()}", NOTEBOOK),
        env={"UNETLAB_SHORT_RUN": "1", "JUPYTER_PREFER_ENV_PATH": "1", "TF_CPP_MIN_LOG_LEVEL": "3"},
    )


@nox.session(python="3.11")
def oldest(session):
    """Test with the lowest versions that pyproject.toml allows."""
    install_and_run(session, "--resolution", "lowest-direct")


@nox.session(python="3.13")
def newest(session):
    """Test with what an install brings today."""
    install_and_run(session)


@nox.session(python="3.13")
def colab(session):
    """Test with what Colab has installed."""
    install_and_run(session, "--requirements", "tests/hosted/colab.txt")


@nox.session(python="3.12")
def kaggle(session):
    """Test with what Kaggle has installed."""
    install_and_run(session, "--requirements", "tests/hosted/kaggle.txt")

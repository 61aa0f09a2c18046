"""Colab and Kaggle: what stands installed there is enough, so that an install changes nothing."""

import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement

HERE = Path(__file__).parent
FREEZES = sorted((HERE / "hosted").glob("*.txt"))
PROJECT = tomllib.loads((HERE.parent / "pyproject.toml").read_text(encoding="utf-8"))["project"]


@pytest.mark.parametrize("freeze", FREEZES, ids=lambda path: path.stem)
def test_no_package_of_a_hosted_notebook_would_be_replaced(freeze):
    asked = {one.name: one.specifier for one in map(Requirement, PROJECT["dependencies"])}
    assert not asked.keys() & {"jupyterlab", "notebook", "ipykernel", "jax", "torch"}
    lines = freeze.read_text(encoding="utf-8").splitlines()
    installed = dict(line.split("==") for line in lines if not line.startswith("#"))
    judged = asked.keys() & installed.keys()
    assert len(judged) > 5
    assert not {name for name in judged if not asked[name].contains(installed[name])}

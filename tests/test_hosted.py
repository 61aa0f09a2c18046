"""Colab and Kaggle: what stands installed there is enough, so that an install changes nothing."""

import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement

HERE = Path(__file__).parent
FREEZES = sorted((HERE / "hosted").glob("*.txt"))
PROJECT = tomllib.loads((HERE.parent / "pyproject.toml").read_text(encoding="utf-8"))["project"]
DEPENDENCIES = [Requirement(line) for line in PROJECT["dependencies"]]


@pytest.mark.parametrize("freeze", FREEZES, ids=lambda path: path.stem)
def test_no_package_of_a_hosted_notebook_would_be_replaced(freeze):
    lines = [line for line in freeze.read_text(encoding="utf-8").splitlines() if line[0] != "#"]
    installed = dict(line.split("==") for line in lines)
    asked = {requirement.name: requirement.specifier for requirement in DEPENDENCIES}
    judged = asked.keys() & installed.keys()
    assert judged, f"{freeze.name} names no package that unetlab asks for"
    replaced = {name for name in judged if not asked[name].contains(installed[name])}
    assert not replaced


def test_what_only_a_machine_of_ones_own_needs_is_no_dependency():
    names = {requirement.name for requirement in DEPENDENCIES}
    assert not names & {"jupyterlab", "notebook", "ipykernel", "jax", "torch", "onnxruntime"}
    lab = [Requirement(line).name for line in PROJECT["optional-dependencies"]["lab"]]
    assert lab == ["jupyterlab"]

"""The environments of old, new and hosted packages are what their names promise."""

import tomllib

import pytest
from packaging.requirements import Requirement

from run_versions import (
    CORE,
    FAST,
    HOSTED,
    ROOT,
    VERSIONS,
    changed,
    find_python,
    lower_bounds,
    write_constraints,
)

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def test_the_oldest_set_holds_every_dependency_at_its_lower_bound(tmp_path):
    lines = write_constraints(VERSIONS["oldest"], tmp_path).read_text().splitlines()
    pinned = {Requirement(line).name: Requirement(line).specifier for line in lines}
    for requirement in map(Requirement, PROJECT["dependencies"]):
        (lowest,) = (one.version for one in requirement.specifier if one.operator == ">=")
        assert pinned[requirement.name].contains(lowest), requirement
        assert not pinned[requirement.name].contains("9999")


def test_lower_bounds_are_read_with_extras_and_markers():
    lines = ["a>=1.2,<3", "b[c]>=4", "d>=1.2; sys_platform == 'linux'", "unetlab[kaggle]"]
    assert lower_bounds(lines) == ["a==1.2.*", "b==4.*", "d==1.2.*"]


def test_every_promised_python_and_every_freeze_has_an_environment():
    oldest = PROJECT["requires-python"].removeprefix(">=")
    assert {versions.python for versions in VERSIONS.values()} == {oldest, "3.12", "3.13"}
    assert f"python>={oldest},<3.14" in (ROOT / "environment.yml").read_text(encoding="utf-8")
    freezes = {versions.freeze for versions in VERSIONS.values()} - {None}
    assert freezes == {path.name for path in HOSTED.glob("*.txt")}


def test_a_replaced_package_is_named_and_a_new_one_is_not():
    before = {"ipython": "7.34.0", "numpy": "2.1.3", "pip": "24.0"}
    after = {"ipython": "9.0.0", "numpy": "2.1.3", "pip": "25.0", "tqdm": "4.66"}
    assert changed(before, after) == ["ipython 7.34.0 became 9.0.0"]


def test_the_core_is_there():
    assert all((ROOT / "tests" / f"test_{module}.py").is_file() for module in CORE)
    assert set(FAST) < set(CORE)


def test_a_python_is_found_only_where_it_answers_with_its_version(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert find_python("3.11", tmp_path) is None
    program = tmp_path / ".pyenv" / "versions" / "3.11.9" / "bin" / "python"
    program.parent.mkdir(parents=True)
    try:
        program.write_text("#!/bin/sh\necho 3.11\n")
        program.chmod(0o755)
        assert find_python("3.11", tmp_path) == program
    except OSError:
        pytest.skip("this machine runs no scripts of /bin/sh")
    program.write_text("#!/bin/sh\necho 3.10\n")
    assert find_python("3.11", tmp_path) is None

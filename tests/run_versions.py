"""Run the core's tests and notebook 01 in environments of old, new and hosted packages.

Usage: python tests/run_versions.py [--fast] [NAME ...]

Each environment has a folder of its own in build/versions. Into the hosted ones goes first what
Colab or Kaggle has installed (tests/hosted), and installing unetlab must not change any of it.
There learners open every notebook, so that every one is run.
"""

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import time
import tomllib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent
HOSTED = ROOT / "tests" / "hosted"
CORE = (
    "augmentation",
    "confusion",
    "decoders",
    "encoders",
    "export",
    "folding",
    "losses",
    "metrics",
    "pipeline",
    "prediction",
    "pretrained",
    "scores",
    "training",
    "unet",
)
# What asks most of Keras, in the fewest seconds: the notebook that follows trains and predicts.
FAST = ("losses", "metrics")


class Versions(NamedTuple):
    """A Python, and which packages go with it: a freeze of a hosted notebook, or the oldest."""

    python: str
    freeze: str | None = None
    oldest: bool = False


VERSIONS = {
    "oldest": Versions("3.11", oldest=True),
    "newest": Versions("3.13"),
    "newest-3.12": Versions("3.12"),
    "colab": Versions("3.13", freeze="colab.txt"),
    "kaggle": Versions("3.12", freeze="kaggle.txt"),
}


def find_python(version, home=None):
    """Return the path of a Python of this version, on the path or where pyenv puts it, or None."""
    candidates = [shutil.which(f"python{version}")]
    candidates += sorted(
        ((home or Path.home()) / ".pyenv/versions").glob(f"{version}.*/bin/python")
    )
    for candidate in filter(None, candidates):
        asked = [str(candidate), "-c", "import sys; print('%d.%d' % sys.version_info[:2])"]
        answer = subprocess.run(asked, capture_output=True, text=True)
        if answer.stdout.strip() == version:  # pyenv's own stand-ins answer with an error
            return Path(candidate)
    return None


def lower_bounds(lines):
    """Return a constraint for each requirement: the lowest version that it allows.

    `tensorflow>=2.19,<2.22` becomes `tensorflow==2.19.*`: the last repair of the oldest release.
    """
    found = [re.match(r"([\w.-]+)(?:\[[\w,]+\])?\s*>=\s*([\d.]+)", line) for line in lines]
    return [f"{match[1]}=={match[2]}.*" for match in found if match]


def write_constraints(versions, folder):
    """Write what pip is to keep to, and return the file."""
    lines = []
    if versions.oldest:
        project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
        extras = project["optional-dependencies"]
        lines = lower_bounds([*project["dependencies"], *extras["test"], *extras["kaggle"]])
    elif versions.freeze:
        freeze = (HOSTED / versions.freeze).read_text(encoding="utf-8")
        lines = [line for line in freeze.splitlines() if line and line[0] != "#"]
    path = folder / "constraints.txt"
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def installed(python):
    """Return the versions of an environment's packages by their names."""
    listed = run([python, "-m", "pip", "list", "--format=json"], subprocess.PIPE).stdout
    return {package["name"].lower(): package["version"] for package in json.loads(listed)}


def changed(before, after):
    """Return a line for each package that is no longer what it was."""
    return [
        f"{name} {version} became {after.get(name)}"
        for name, version in before.items()
        if name not in ("pip", "setuptools") and after.get(name) != version
    ]


def run(command, output=None):
    """Run a command in the project, with no package or setting of ours from outside."""
    inherited = {name: os.environ[name] for name in os.environ if name != "PYTHONPATH"}
    command = [str(part) for part in command]
    return subprocess.run(
        command, check=True, cwd=ROOT, env=inherited, text=True, stdout=output, stderr=output
    )


def install(versions, python, folder, log):
    """Make the environment anew; return what an install of unetlab changed in a hosted one."""
    shutil.rmtree(folder / "env", ignore_errors=True)
    run([python, "-m", "venv", folder / "env"], log)
    own = next(path for path in (folder / "env").glob("*/python*") if path.stem == "python")
    constraints = write_constraints(versions, folder)
    # Compiled is what is imported, and no more.
    pip = [own, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-compile"]
    found = []
    if versions.freeze:
        run([*pip, "--requirement", constraints], log)
        before = installed(own)
        run([*pip, "."], log)  # without constraints: a learner in a hosted notebook has none
        found = changed(before, installed(own))
    run([*pip, "--constraint", constraints, "--editable", ".[test]"], log)
    return own, found


def try_versions(name, versions, python, folder, modules):
    """Install, test and run one environment; return what failed."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "log.txt").open("w", encoding="utf-8") as log:
        try:
            own, found = install(versions, python, folder, log)
        except subprocess.CalledProcessError:
            return ["the install"]
        failures = [f"the install replaced packages: {', '.join(found)}"] if found else []
        tests = [f"tests/test_{module}.py" for module in modules]
        tests += [] if modules is FAST else ["tests/plotting"]
        options = ["-p", "no:cacheprovider", "-n", "auto", "--maxprocesses", "2"]
        beginnings = [] if versions.freeze and modules is not FAST else ["01"]
        output = ["--short", "--output", folder / "notebooks"]
        commands = {
            "the core's tests": ["-m", "pytest", *options, *tests],
            "the notebooks": ["tests/run_notebooks.py", *output, *beginnings],
        }
        for words, command in commands.items():
            try:
                run([own, *command], log)
            except subprocess.CalledProcessError:
                failures.append(words)
    present = installed(own)
    packages = ", ".join(
        f"{package} {present[package]}" for package in ("tensorflow", "keras", "numpy")
    )
    print(f"{name:12} Python {versions.python}, {packages}", flush=True)
    return failures


def report(name, modules):
    """Try one environment and say how it went; return whether it failed, None where left out."""
    began, versions = time.monotonic(), VERSIONS[name]
    python = find_python(versions.python)
    if python is None:
        print(f"{name:12} left out: there is no Python {versions.python} on this machine")
        return None
    folder = ROOT / "build" / "versions" / name
    failures = try_versions(name, versions, python, folder, modules)
    verdict = f"failed: {', '.join(failures)}; see {folder / 'log.txt'}" if failures else "ok"
    print(f"{name:12} {time.monotonic() - began:4.0f} s  {verdict}", flush=True)
    return bool(failures)


def main():
    """Run the environments named, or all, and say what failed in which."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(VERSIONS)}")
    parser.add_argument("--fast", action="store_true", help="fewer tests, two at a time")
    options = parser.parse_args()
    names = options.names or list(VERSIONS)
    if unknown := sorted(set(names) - set(VERSIONS)):
        raise SystemExit(f"Found the name {unknown[0]}; expected one of {', '.join(VERSIONS)}.")
    modules = FAST if options.fast else CORE
    with ThreadPoolExecutor(2 if options.fast else 1) as pool:
        failed = [*pool.map(lambda name: report(name, modules), names)]
    tried = [one for one in failed if one is not None]
    print(f"{len(tried)} environments, {sum(tried)} failed")
    return 1 if any(tried) else 0


if __name__ == "__main__":
    sys.exit(main())

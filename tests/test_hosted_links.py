"""Badges and the install line agree with pyproject.toml, with an address and without one."""

import shutil

import nbformat
import pytest

import hosted_links
from hosted_links import ROOT, read_address, write_all
from notebook_checks import OUTLINE_CHECKS
from notebook_code_checks import CODE_CHECKS

ADDRESS = "https://github.com/some-one/unetlab"


def files_of(folder):
    """Return the bytes of the README and of the notebooks, by their names."""
    paths = [folder / "README.md", *sorted((folder / "notebooks").glob("*.ipynb"))]
    return {path.name: path.read_bytes() for path in paths}


@pytest.fixture
def copy(tmp_path):
    """Return a folder with a copy of the README and the notebooks."""
    shutil.copy(ROOT / "README.md", tmp_path)
    shutil.copytree(ROOT / "notebooks", tmp_path / "notebooks")
    return tmp_path


def test_what_is_committed_agrees_with_the_projects_address(copy):
    write_all(copy, read_address())
    assert files_of(copy) == files_of(ROOT), "run python tests/hosted_links.py"


def test_an_address_sets_all_links_once_and_goes_without_a_trace(copy):
    write_all(copy, None)
    before = files_of(copy)
    write_all(copy, ADDRESS)
    written = files_of(copy)
    write_all(copy, ADDRESS)
    assert files_of(copy) == written
    for name, content in written.items():
        text = content.decode()
        path = "01_pets_segmentation.ipynb" if name == "README.md" else name
        assert f"/github/some-one/unetlab/blob/main/notebooks/{path})" in text
        assert f"/gh/some-one/unetlab/main?labpath=notebooks/{path})" in text
        assert text.count("![Open in") == 3
    write_all(copy, None)
    assert files_of(copy) == before


def test_with_an_address_the_notebooks_keep_the_rules(copy):
    write_all(copy, ADDRESS)
    for path in (copy / "notebooks").glob("*.ipynb"):
        notebook = nbformat.read(path, as_version=4)
        for check in OUTLINE_CHECKS + CODE_CHECKS:
            assert not check(notebook), path.name


@pytest.mark.parametrize("missing", [True, False])
def test_the_first_cell_installs_only_where_the_package_is_missing(copy, missing):
    write_all(copy, ADDRESS)
    notebook = nbformat.read(copy / "notebooks" / "01_pets_segmentation.ipynb", as_version=4)
    cell = next(cell for cell in notebook.cells if cell.cell_type == "code")
    install = cell.source.removesuffix(hosted_links.SHOW)
    name = "unetlab_that_is_missing" if missing else "unetlab"
    asked = []

    class Shell:
        def run_line_magic(self, *arguments):
            asked.append(arguments)

    exec(install.replace('find_spec("unetlab")', f'find_spec("{name}")'), {"get_ipython": Shell})
    assert asked == ([("pip", f"install --quiet git+{ADDRESS}")] if missing else [])


def test_an_address_elsewhere_is_refused(tmp_path):
    pyproject = tmp_path / "pyproject.toml"
    pyproject.write_text('[project]\nname = "a"\n[project.urls]\nRepository = "https://a.org/b"\n')
    with pytest.raises(SystemExit, match="expected https://github"):
        read_address(pyproject)

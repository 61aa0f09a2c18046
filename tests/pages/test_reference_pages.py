"""The API reference holds every public name once, and nothing else."""

import re

import pytest

import unetlab
from pages.reference_pages import PACKAGE, write_reference

ROOMS = sorted(path.parent.name for path in PACKAGE.glob("*/__init__.py"))
ENTRY = re.compile(r"^\.\. (?:autoclass|autofunction|py:data):: (\w+)$", re.M)


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    """Write the reference once, and return the names on each page and the pages' texts."""
    folder = tmp_path_factory.mktemp("site") / "reference"
    write_reference(folder)
    texts = {path.stem: path.read_text(encoding="utf-8") for path in folder.glob("*.rst")}
    return {name: ENTRY.findall(text) for name, text in texts.items()}, texts


def test_there_is_a_page_for_the_core_and_for_each_room(pages):
    names, texts = pages
    assert sorted(names) == sorted(["core", "index", *ROOMS])
    assert all(f"\n   {page}\n" in texts["index"] for page in ["core", *ROOMS])


@pytest.mark.parametrize("room", ROOMS)
def test_a_rooms_page_has_all_of_its_names(pages, room):
    names, _ = pages
    assert names[room] == list(getattr(unetlab, room).__all__)


def test_every_name_of_the_front_page_is_on_one_page(pages):
    names, _ = pages
    public = {
        name
        for name in unetlab.__all__
        if not name.startswith("_") and not hasattr(getattr(unetlab, name), "__path__")
    } - {path.stem for path in PACKAGE.glob("*.py")}
    documented = {name for found in names.values() for name in found}
    assert public <= documented
    assert set(names["core"]) == public - {name for room in ROOMS for name in names[room]}


def test_modules_say_where_they_are_taught_by_a_link(pages):
    _, texts = pages
    link = ":doc:`notebooks/01_pets_segmentation <../notebooks/01_pets_segmentation>`"
    assert link in texts["core"]
    assert ".ipynb" not in texts["core"]

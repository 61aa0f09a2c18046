"""Annotation files: JSON and XML read with care, as anyone may have written them."""

import json
from pathlib import Path
from typing import NamedTuple
from xml.etree import ElementTree

from unetlab.annotations.shapes import Drawing


class Annotations(NamedTuple):
    """What one file says.

    Attributes:
        labels: the classes that it declares, in its order; those only used are added by the loader.
        drawings: one for each photo.
    """

    labels: list[str]
    drawings: list[Drawing]


def read_text(path: Path) -> str:
    """Read a text file, with or without the mark that some editors put in front.

    Args:
        path: the file.

    Returns:
        Its text.

    Raises:
        ValueError: it is no text in UTF-8.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     _ = Path(folder, "a.txt").write_bytes(b"\\xef\\xbb\\xbfcat")
        ...     read_text(Path(folder, "a.txt"))
        'cat'
    """
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise ValueError(f"{path} is no text in UTF-8 ({error}): export it again.") from error


def read_json(path: Path):
    """Read a JSON file.

    Args:
        path: the file.

    Returns:
        What it holds.

    Raises:
        ValueError: it is no JSON, was cut short or is nested too deeply.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     _ = Path(folder, "a.json").write_text('{"shapes": []}')
        ...     read_json(Path(folder, "a.json"))
        {'shapes': []}
    """
    text = read_text(path)
    try:
        return json.loads(text)
    except RecursionError as error:
        raise ValueError(
            f"{path} holds lists in lists too deep to be read, expected an annotation file: export "
            "it again."
        ) from error
    except ValueError as error:
        raise ValueError(
            f"{path} ({len(text)} characters) cannot be read as JSON ({error}): was it cut short? "
            "Export it again."
        ) from error


class _NoDoctype(ElementTree.TreeBuilder):
    def doctype(self, name, pubid, system):
        # Entities are declared there, and a few lines of them unfold into gigabytes.
        raise ValueError("it has a DOCTYPE, which no labelling tool writes")


def read_xml(path: Path) -> ElementTree.Element:
    """Read an XML file without a DOCTYPE.

    Args:
        path: the file.

    Returns:
        Its root.

    Raises:
        ValueError: it is no XML, was cut short or has a DOCTYPE.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     _ = Path(folder, "a.xml").write_text("<annotations/>")
        ...     read_xml(Path(folder, "a.xml")).tag
        'annotations'
    """
    try:
        return ElementTree.parse(path, ElementTree.XMLParser(target=_NoDoctype())).getroot()
    except (ValueError, ElementTree.ParseError) as error:
        raise ValueError(
            f"{path} cannot be read as XML ({error}): was it cut short? Export it again."
        ) from error

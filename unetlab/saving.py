"""Saving: what is written takes its name only once it is whole, and what stops it is said.

Taught in: notebooks/01_pets_segmentation.ipynb
"""

import errno
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from unetlab.arguments import check_functional, check_path

if TYPE_CHECKING:  # A visitor of the studio's page has no Keras.
    import keras

KERAS = "keras"


@contextmanager
def write_whole(path: str | Path) -> Iterator[Path]:
    """Give a path beside `path` to write to; what is there at the end takes the place of `path`.

    Where writing fails or is killed, the file or folder that was at `path` is there still, or
    nothing. It is on the disk before it gets its name, so that a power cut leaves no empty file.

    Args:
        path: a file or a folder; an earlier one is replaced as a whole.

    Yields:
        The path to write to, with the same ending.

    Raises:
        OSError: it cannot be written; says why and what to do.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     with write_whole(f"{folder}/a.txt") as beside:
        ...         _ = beside.write_text("whole")
        ...     Path(folder, "a.txt").read_text(), os.listdir(folder)
        ('whole', ['a.txt'])
    """
    path = Path(path)
    beside = path.with_name(f".part_{path.name}")
    try:
        _remove(beside)  # left by a process that was killed
        yield beside
        _settle(beside)
        _take_place(beside, path)
    except OSError as error:
        if error.errno is None:  # said in words already, by what gave the content
            raise
        raise OSError(
            f"{path} cannot be written ({os.strerror(error.errno)}); what was there before is "
            "there still: free some space, or give a path in a folder that may be written to."
        ) from error
    finally:
        with suppress(OSError):
            _remove(beside)


def save_model(model: "keras.Model", path: str | Path, format: str = KERAS, **options) -> Path:
    """Save or export a model; a full disk or a kill leaves the file from before, never half a file.

    `model.save` and `model.export` write over what was there, and leave what they had written.

    Args:
        model: a `keras.Model`.
        path: the file, or the folder of a SavedModel; its own folder must be there.
        format: "keras", to be loaded by `keras.saving.load_model`; or another format of
            `model.export`, to be loaded by `load_exported`.
        **options: as in `model.export`.

    Returns:
        The path.

    Raises:
        OSError: it cannot be written; says why and what to do.
        ValueError: the model is none, or the ending does not fit the format.

    Example:
        >>> import keras, tempfile
        >>> model = keras.Sequential([keras.Input([8, 8, 3]), keras.layers.Conv2D(1, 1)])
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     path = save_model(model, f"{folder}/a.keras")
        ...     keras.saving.load_model(path).output_shape
        (None, 8, 8, 1)
    """
    path = check_path("path", path)
    check_functional(model)
    if format == KERAS and path.suffix != ".keras":
        raise ValueError(
            f"path is {str(path)!r}, expected a name that ends in .keras: Keras knows its files by "
            "it."
        )
    with write_whole(path) as beside:
        if format == KERAS:
            model.save(beside)
        else:
            with _system_errors():
                model.export(str(beside), format=format, **{"verbose": False, **options})
    return path


@contextmanager
def _system_errors():
    # TensorFlow has errors of its own for what the operating system says.
    import tensorflow as tf

    try:
        yield
    except tf.errors.OpError as error:
        said = [number for number in errno.errorcode if os.strerror(number) in error.message]
        if not said:
            raise
        raise OSError(said[0], os.strerror(said[0])) from error


def _settle(path: Path) -> None:
    for file in [path] if path.is_file() else path.rglob("*"):
        if file.is_file():
            with file.open("rb") as opened:
                os.fsync(opened.fileno())


def _take_place(beside: Path, path: Path) -> None:
    if not path.is_dir():
        beside.replace(path)
        return
    # A folder that holds something cannot be replaced in one step.
    before = path.with_name(f".before_{path.name}")
    _remove(before)
    path.replace(before)
    beside.replace(path)
    _remove(before)


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    elif path.exists():
        path.unlink()

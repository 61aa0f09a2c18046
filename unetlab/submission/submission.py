"""A submission: one row of run lengths a photo, that survives being killed.

Taught in: notebooks/02_carvana_masking.ipynb
"""

import gzip
import os
import zlib
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

import keras
import numpy as np
import tensorflow as tf
from tqdm import tqdm

from unetlab.arguments import check_count, check_model, check_path, is_number, is_whole
from unetlab.data import list_images, load_image, load_shrunk
from unetlab.prediction import predict_logits
from unetlab.submission.run_length import encode_run_length
from unetlab.submission.writing import only_writer, said_in_words


def append_rows(path: str | Path, rows: list[str]) -> None:
    """Append rows to a CSV file, or to a gzipped one where its name ends in `.gz`.

    A gzip file may consist of several members, one behind the other, that read as one text: each
    call adds one. So a kill spoils only what is being written, never what was written before.

    Args:
        path: the file; made where it is missing.
        rows: the rows without their line ends.

    Raises:
        OSError: the file cannot be written; says why and what to do.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     append_rows(f"{folder}/a.csv.gz", ["name,number", "a,1"])
        ...     append_rows(f"{folder}/a.csv.gz", ["b,2"])
        ...     gzip.open(f"{folder}/a.csv.gz", "rt").read()
        'name,number\\na,1\\nb,2\\n'

    Source: RFC 1952, section 2.2 (members).
    """
    with said_in_words(path), open(path, "ab") as file:
        file.write(_pack(path, rows))


def resume_rows(path: str | Path, header: str | None, names: list[str]) -> int:
    """Count the rows that a file already holds, after cutting off a half-written end.

    Args:
        path: the file, gzipped where its name ends in `.gz`; started where it is missing.
        header: the first row, or None for a file without one.
        names: what the first column holds, row by row, once all rows are written.

    Returns:
        The number of whole rows, the header not counted.

    Raises:
        ValueError: the header or the first column is another; the file is left as it was.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     path = Path(folder) / "a.csv"
        ...     _ = path.write_text("name,number\\na,1\\nb,")
        ...     resume_rows(path, "name,number", ["a", "b"]), path.read_text()
        (1, 'name,number\\na,1\\n')
    """
    path = Path(path)
    if not path.exists() or not path.stat().st_size:
        # Renamed once whole: a file without the header is never ours, and is not touched.
        started = Path(f"{path}.started")
        with said_in_words(path):
            started.write_bytes(b"" if header is None else _pack(path, [header]))
            started.replace(path)
    count, whole = 0 if header is None else -1, 0
    with path.open("rb") as file:
        for text, end in (_whole_members if _is_gzip(path) else _whole_lines)(file):
            for line in text.splitlines():
                _check_row(path, count, line.decode(errors="replace"), header, names)
                count += 1
            whole = end
    if count < 0:
        _check_row(path, count, "", header, names)
    if whole < path.stat().st_size:
        with said_in_words(path):
            os.truncate(path, whole)
    return count


def _is_gzip(path) -> bool:
    return str(path).endswith(".gz")


def _pack(path, rows) -> bytes:
    text = "".join(f"{row}\n" for row in rows).encode()
    # Without a time stamp, so that the same rows are the same bytes.
    return gzip.compress(text, 6, mtime=0) if _is_gzip(path) else text


def _whole_lines(file):
    for line in file:
        if line.endswith(b"\n"):
            yield line, file.tell()


def _whole_members(file):
    end = 0
    while True:
        file.seek(end)
        member, pieces = zlib.decompressobj(wbits=31), []
        while not member.eof:
            data = file.read(16384)
            if not data:
                return
            try:
                pieces.append(member.decompress(data))
            except zlib.error:
                return
        end = file.tell() - len(member.unused_data)
        yield b"".join(pieces), end


def _check_row(path, index, line, header, names):
    found, expected = (line, header) if index < 0 else (line.split(",")[0], "no more rows")
    if 0 <= index < len(names):
        expected = names[index]
    if found != expected or index >= len(names):
        raise ValueError(
            f"{path} is the wrong CSV to go on with: row {index + 1} begins {found[:50]!r}, "
            f"expected {expected!r}: give the photos and the shard that it was begun with, or "
            "another path."
        )


HEADER = "img,rle_mask"


class SubmissionReport(NamedTuple):
    """What `write_submission` did.

    Attributes:
        written: how many rows it wrote, those of skipped photos among them.
        skipped: name and reason of each photo that it could not read.
        resumed: how many rows were there before.
    """

    written: int
    skipped: list[tuple[str, str]]
    resumed: int


def write_submission(
    model: keras.Model,
    images: str | Path | Iterable[str | Path],
    path: str | Path,
    threshold: float = 0.5,
    batch_size: int = 8,
    shard: tuple[int, int] | None = None,
) -> SubmissionReport:
    """Predict any number of photos, and write their masks in their own sizes as run lengths.

    Photos are read, predicted and written a few at a time, so memory does not grow with their
    number. Started again after a kill, with the same arguments, it goes on after the last whole
    row; a small hidden file beside the rows, `.NAME.begun`, tells by which model and threshold. A
    photo that cannot be read is skipped: its row has an empty mask, as Kaggle wants a row for each
    photo, and it is not tried again on resuming; to retry, start a new file.

    Args:
        model: from image [B, h, w, 3] in 0..255 to one logit a pixel [B, h, w, 1]; a model of open
            size sees each photo at its own size, one at a time.
        images: a folder, or the photos' paths in the order of the rows.
        path: the CSV file with a row `img,rle_mask` for each photo; gzipped where it ends in `.gz`.
        threshold: pixels whose probability is larger are ones; more than 0, less than 1.
        batch_size: how many photos the model predicts at once.
        shard: (i, n) writes the i-th of n equal parts of the photos, counted from 1, so that n
            machines share them, each into a file of its own. Only the first has the header row:
            joined end to end, by `cat` or `copy /b`, the files are one submission.

    Returns:
        A `SubmissionReport`.

    Raises:
        FileNotFoundError: `images` is a folder that is missing or holds no image.
        ValueError: there are no photos, `path` is none or a folder, the model has several logits,
            two photos share a name, a name does not fit into a CSV, the threshold or the shard is
            out of range, or the file at `path` holds other rows than these photos' or was begun
            with another model or threshold.
        OSError: the file cannot be written; what was written before stays.
        RuntimeError: another process is writing the file.

    Example:
        >>> import tempfile
        >>> from PIL import Image
        >>> model = keras.Sequential([keras.Input([32, 32, 3]), keras.layers.Conv2D(1, 1)])
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     Image.new("RGB", (60, 40)).save(f"{folder}/black.jpg")
        ...     report = write_submission(model, [f"{folder}/black.jpg"], f"{folder}/rows.csv")
        ...     report, Path(f"{folder}/rows.csv").read_text()
        (SubmissionReport(written=1, skipped=[], resumed=0), 'img,rle_mask\\nblack.jpg,\\n')

    Source: the format of `sample_submission.csv`,
    https://www.kaggle.com/c/carvana-image-masking-challenge.
    """
    path = check_path("path", path)
    if path.is_dir():
        raise ValueError(
            f"path is {str(path)!r}, a folder, expected a file: give {str(path / 'rows.csv')!r}."
        )
    if check_model(model).output_shape[-1] != 1:
        raise ValueError(
            f"the model gives {model.output_shape[-1]} logits a pixel, expected one: build it for "
            "two classes."
        )
    check_count("batch_size", batch_size)
    if not is_number(threshold) or not 0 < threshold < 1:
        raise ValueError(
            f"threshold is {threshold!r}, expected a probability, more than 0 and less than 1: a "
            "logit becomes one by 1 / (1 + exp(-logit))."
        )
    paths = _find_photos(images)
    # All of them, as names that are there twice may lie in two shards.
    names = _check_names(paths)
    number, shards = _check_shard(shard)
    part = slice(len(paths) * (number - 1) // shards, len(paths) * number // shards)
    paths, names = paths[part], names[part]
    with only_writer(path):
        _check_beginning(path, model, threshold)
        resumed = resume_rows(path, HEADER if number == 1 else None, names)
        skipped = []
        with tqdm(total=len(paths), initial=resumed, unit=" photos") as progress:
            for photos in _predict(model, paths[resumed:], batch_size):
                rows, faults = _write_out(photos, threshold)
                append_rows(path, rows)
                for name, reason in faults:
                    progress.write(f"Skipped {name}: {reason}")
                skipped += faults
                progress.update(len(rows))
        return SubmissionReport(len(paths) - resumed, skipped, resumed)


def _find_photos(images) -> list[Path]:
    if isinstance(images, (str, os.PathLike)):
        return list_images(images)
    if not isinstance(images, Iterable):
        raise ValueError(
            f"images is {images!r}, expected a folder or the photos' paths: try "
            "list_images(folder)."
        )
    paths = [check_path("a photo", one) for one in images]
    if not paths:
        raise ValueError(
            "images is empty, expected one photo's path or more: look at what was selected."
        )
    return paths


def _check_beginning(path: Path, model, threshold: float) -> None:
    # Rows of two models or thresholds would stand in one file, and nobody would see it.
    check = zlib.crc32(repr(float(threshold)).encode())
    for weight in getattr(model, "weights", ()):
        check = zlib.crc32(np.ascontiguousarray(keras.ops.convert_to_numpy(weight)), check)
    begun = path.with_name(f".{path.name}.begun")
    if not path.exists() or not path.stat().st_size:
        with said_in_words(path):
            begun.write_text(f"{check:08x}")
    elif begun.exists() and begun.read_text() != f"{check:08x}":
        raise ValueError(
            f"{path} was begun with another model or threshold, expected the same (threshold is "
            f"{threshold} now): go on with those, give another path, or delete it to begin anew."
        )


def _check_shard(shard) -> tuple[int, int]:
    if shard is None:
        return 1, 1
    whole = isinstance(shard, (tuple, list)) and len(shard) == 2 and all(map(is_whole, shard))
    if not whole or not 1 <= shard[0] <= shard[1]:
        raise ValueError(
            f"shard is {shard!r}, expected (i, n), the i-th of n parts, i from 1 to n: give two "
            "whole numbers, such as (1, 4) to (4, 4) on four machines."
        )
    return tuple(shard)


def _check_names(paths) -> list[str]:
    names = [path.name for path in paths]
    seen = set()
    for name in names:
        if name in seen or set(name) & set(',"\r\n'):
            fault = "is there twice" if name in seen else "would break the CSV"
            raise ValueError(
                f"the photo's name {name!r} {fault}, expected names of their own without commas, "
                "quotes and line ends: rename it."
            )
        seen.add(name)
    return names


def _predict(model, paths, batch_size):
    """Yield batches of a photo's name, its logits at its own size, and what is wrong or ""."""
    image_size = model.input_shape[1:3]
    if None in image_size:
        for start in range(0, len(paths), batch_size):
            yield (_predict_whole(model, path) for path in paths[start : start + batch_size])
        return
    for names, images, sizes, faults in _batches(paths, image_size, batch_size):
        # JAX's and PyTorch's models take no tensors of tf.data.
        logits = model.predict_on_batch(images.numpy())
        yield (
            (Path(name.decode()).name, tf.image.resize(logit, size).numpy(), fault.decode())
            for name, logit, size, fault in zip(
                names.numpy(), logits, sizes, faults.numpy(), strict=True
            )
        )


def _predict_whole(model, path):
    try:
        image = load_image(path)
    except (OSError, ValueError) as error:
        return path.name, None, str(error)
    return path.name, predict_logits(model, image), ""


def _batches(paths, image_size, batch_size) -> tf.data.Dataset:
    def read(path):
        image, *others = tf.numpy_function(
            lambda path: _read_shrunk(path.decode(), image_size),
            [path],
            [tf.uint8, tf.int32, tf.string],
        )
        image = tf.ensure_shape(image, [None, None, 3])
        return path, tf.image.resize(image, image_size, antialias=True), *others

    names = tf.constant([str(path) for path in paths], tf.string)  # the type of an empty list too
    dataset = tf.data.Dataset.from_tensor_slices(names)
    return dataset.map(read, tf.data.AUTOTUNE).batch(batch_size).prefetch(1)


def _read_shrunk(path, image_size):
    """Return the photo, its full height and width, and what is wrong with it or an empty text."""
    try:
        image, full_size = load_shrunk(path, image_size)
        return image, np.int32(full_size), ""
    except (ValueError, OSError) as error:
        return np.zeros([1, 1, 3], np.uint8), np.int32([1, 1]), str(error)


def _write_out(photos, threshold):
    cut = np.log(threshold / (1 - threshold))  # the same for logits
    rows, skipped = [], []
    for name, logits, fault in photos:
        rows.append(f"{name}," if fault else f"{name},{encode_run_length(logits > cut)}")
        skipped += [(name, fault)] if fault else []
    return rows, skipped

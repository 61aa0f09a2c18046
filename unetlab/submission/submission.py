"""A submission: one row of run lengths a photo, that survives being killed."""

import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

import keras
import numpy as np
import tensorflow as tf
from filelock import FileLock
from tqdm import tqdm

from unetlab.checks import check_gives_logits, check_logits
from unetlab.data import list_images, load_image, load_shrunk
from unetlab.prediction import predict_logits
from unetlab.submission.run_length import encode_run_length

HEADER = "img,rle_mask"


class SubmissionReport(NamedTuple):
    """How many rows were written; name and reason of each skipped photo; rows there before."""

    written: int
    skipped: list[tuple[str, str]]
    resumed: int


def write_submission(
    model: keras.Model,
    images: str | Path | Iterable[str | Path],
    path: str | Path,
    threshold: float = 0.5,
    batch_size: int = 8,
    white: int | None = None,
) -> SubmissionReport:
    """Predict any number of photos, and write their masks in their own sizes as run lengths.

    Photos are read, predicted and written a few at a time, so memory does not grow with their
    number. Started again after a kill, it goes on after the last whole row: with the same photos,
    model and threshold the file ends as if nothing had been. A photo that cannot be read is
    skipped: its row has an empty mask, as Kaggle wants a row for each photo.

    Args:
        model: from image [B, h, w, 3] in 0..255 to one logit a pixel [B, h, w, 1]; a model of open
            size sees each photo at its own size, one at a time.
        images: a folder, or the photos' paths in the order of the rows; several machines get a part
            of the paths each, and a file of their own.
        path: the CSV file with a row `img,rle_mask` for each photo.
        threshold: pixels whose probability is larger are ones; more than 0, less than 1.
        batch_size: how many photos the model predicts at once.
        white: as in `load_image`, and as when the photos to learn from were loaded.

    Returns:
        A `SubmissionReport`.

    Raises:
        FileNotFoundError: `images` is a folder that is missing or holds no image.
        ValueError: the threshold is no probability, or the file holds other photos' rows.
        filelock.Timeout: another process is writing the file.

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
    if not 0 < threshold < 1:
        raise ValueError(
            f"threshold is {threshold}, expected a probability, more than 0 and less than 1: a "
            "logit becomes one by 1 / (1 + exp(-logit))."
        )
    check_gives_logits(model)
    logit = np.log(threshold / (1 - threshold))
    folder = isinstance(images, (str, os.PathLike))
    paths = list_images(images) if folder else [Path(image) for image in images]
    skipped = []
    with FileLock(f"{path}.lock", timeout=0):
        resumed = _resume(Path(path), [photo.name for photo in paths])
        with tqdm(total=len(paths), initial=resumed, unit=" photos") as progress:
            for batch in _predict(model, paths[resumed:], batch_size, white):
                rows = ""
                for name, logits, fault in batch:
                    rows += f"{name},{'' if fault else encode_run_length(logits > logit)}\n"
                    if fault:
                        skipped.append((name, fault))
                        progress.write(f"Skipped {name}: {fault}")
                    progress.update()
                with open(path, "ab") as file:
                    file.write(os.fsencode(rows))
    return SubmissionReport(len(paths) - resumed, skipped, resumed)


def _resume(path: Path, names: list[str]) -> int:
    """Count the whole rows that are there, and cut off a half-written one."""
    header = f"{HEADER}\n".encode()
    starts = iter([header, *(os.fsencode(f"{name},") for name in names)])
    rows, size = -1, 0
    with path.open("a+b") as file:
        file.seek(0)
        for line in file:
            whole = line.endswith(b"\n")
            if whole or rows < 0:  # half a header is ours, and half of any other file is not
                start = next(starts, b"no more rows")
                if not line.startswith(start) and not start.startswith(line):
                    raise ValueError(
                        f"{path} is another submission: row {rows + 1} begins {line[:40]!r}, "
                        f"expected {start!r}: give the photos that it was begun with, or another "
                        "path."
                    )
            if whole:
                rows, size = rows + 1, size + len(line)
        file.truncate(size)
        if rows < 0:
            file.write(header)
    return max(rows, 0)


def _predict(model, paths, batch_size, white) -> Iterator[Iterable[tuple]]:
    """Yield batches of a photo's name, its logits at its own size, and what is wrong or ""."""
    image_size = model.input_shape[1:3]
    parts = [paths[first : first + batch_size] for first in range(0, len(paths), batch_size)]
    if None in image_size:
        yield from ((_predict_whole(model, path, white) for path in part) for part in parts)
        return
    batches = _batches(paths, image_size, batch_size, white)
    for part, (images, sizes, faults) in zip(parts, batches, strict=True):
        # JAX's and PyTorch's models take no tensors of tf.data.
        logits = check_logits(model.predict_on_batch(images.numpy()))
        yield (
            (path.name, tf.image.resize(logit, size).numpy(), fault.decode())
            for path, logit, size, fault in zip(part, logits, sizes, faults.numpy(), strict=True)
        )


def _predict_whole(model, path, white):
    try:
        image = load_image(path, white=white)
    except (OSError, ValueError) as error:
        return path.name, None, str(error)
    return path.name, predict_logits(model, image), ""


def _batches(paths, image_size, batch_size, white) -> tf.data.Dataset:
    def read(number):
        try:
            image, full_size = load_shrunk(paths[number], image_size, white)
            return image, np.int32(full_size), ""
        except (OSError, ValueError) as error:
            return np.zeros([1, 1, 3], np.uint8), np.int32([1, 1]), str(error)

    def read_and_shrink(number):
        types = [tf.uint8, tf.int32, tf.string]
        image, *others = tf.numpy_function(read, [number], types)
        image = tf.ensure_shape(image, [None, None, 3])
        return tf.image.resize(image, image_size, antialias=True), *others

    dataset = tf.data.Dataset.range(len(paths)).map(read_and_shrink, tf.data.AUTOTUNE)
    return dataset.batch(batch_size).prefetch(1)

"""Saving: what is written takes its name only once it is whole; exported networks, read back."""

import json
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf

from unetlab.checks import check_image


@contextmanager
def write_whole(path: str | Path) -> Iterator[Path]:
    """Give a path beside `path` to write to; what is there at the end takes the place of `path`.

    Where writing fails or is killed, the file or folder that was at `path` is there still.
    """
    path = Path(path)
    beside = path.with_name(f".part_{path.name}")
    try:
        _remove(beside)  # left by a process that was killed
        yield beside
        _take_place(beside, path)
    except OSError as error:
        if error.errno is None:  # said in words already, by what gave the content
            raise
        raise OSError(
            f"{path} cannot be written ({error.strerror}); what was there before is there still: "
            "free some space, or give a path in a folder that may be written to."
        ) from error
    finally:
        with suppress(OSError):
            _remove(beside)


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
    else:
        path.unlink(missing_ok=True)


def save_model(model: keras.Model, path: str | Path, format: str = "keras") -> Path:
    """Save or export a model; a full disk or a kill leaves the file from before, never half a file.

    `model.save` and `model.export` write over what was there, and leave what they had written.

    Args:
        model: a `keras.Model`.
        path: the file, or the folder of a SavedModel; its own folder must be there.
        format: "keras", to be loaded by `keras.saving.load_model`; or another format of
            `model.export`, to be loaded by `load_exported`.

    Returns:
        The path.

    Raises:
        OSError: it cannot be written.
        ValueError: the ending does not fit the format.

    Example:
        >>> import tempfile
        >>> model = keras.Sequential([keras.Input([8, 8, 3]), keras.layers.Conv2D(1, 1)])
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     path = save_model(model, f"{folder}/a.keras")
        ...     keras.saving.load_model(path).output_shape
        (None, 8, 8, 1)
    """
    with write_whole(path) as beside:
        if format == "keras":
            model.save(beside)
        else:
            # Keras exports to ONNX only what was called; a class of one's own has no inputs yet.
            if format == "onnx" and hasattr(model, "inputs"):
                model(model.input)
            model.export(str(beside), format=format, verbose=False)
    return Path(path)


def keep_run(name: str, model: keras.Model, figures: dict, folder: str | Path = "../build") -> None:
    """Save a notebook's model and its figures, and print the figures.

    A short run, which `UNETLAB_SHORT_RUN=1` asks for, is marked as one among the figures.

    Args:
        name: the notebook's name: the files are models/NAME.keras and metrics/NAME.json.
        model: a `keras.Model`.
        figures: what the run reached, by name: numbers, texts, or lists and dicts of them. `score`
            is the one figure by which two runs are compared.
        folder: where the files are kept.

    Example:
        >>> import tempfile
        >>> model = keras.Sequential([keras.Input([8, 8, 3]), keras.layers.Conv2D(1, 1)])
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     keep_run("mine", model, {"data": "my cats", "score": 0.8}, folder)
        Kept as models/mine.keras and metrics/mine.json in ...
        data: my cats
        score: 0.8
    """
    folder = Path(folder)
    for part in ("models", "metrics"):
        (folder / part).mkdir(parents=True, exist_ok=True)
    save_model(model, folder / f"models/{name}.keras")
    if os.environ.get("UNETLAB_SHORT_RUN") == "1":
        figures = {"short_run": True, **figures}  # Whoever takes the model is to know.
    text = json.dumps(figures, indent=2, default=lambda value: np.asarray(value).tolist())
    with write_whole(folder / f"metrics/{name}.json") as beside:
        beside.write_text(text, encoding="utf-8")
    print(f"Kept as models/{name}.keras and metrics/{name}.json in {folder.resolve()}")
    shown = json.loads(text, parse_float=lambda number: round(float(number), 4))
    for figure, value in shown.items():
        print(f"{figure}: {value}")


def load_exported(path: str | Path) -> Callable[[np.ndarray], np.ndarray]:
    """Load an exported model for prediction on the processor.

    Args:
        path: a SavedModel's folder, an `.onnx` file (needs the package onnxruntime) or a `.tflite`
            file.

    Returns:
        A function from image uint8 or float [B, H, W, 3], 0..255, to logits float32 [B, H, W, C].

    Raises:
        NotImplementedError: the file wants more inputs than the image.

    Example:
        >>> import tempfile
        >>> from unetlab.unet import build_plain_unet
        >>> model = build_plain_unet(num_classes=2, image_size=8, filters=(2, 4))
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     model.export(folder, verbose=False)
        ...     predict = load_exported(folder)
        >>> predict(np.zeros([1, 8, 8, 3])).shape
        (1, 8, 8, 1)

    Source: https://keras.io/api/models/model_saving_apis/export
    """
    loaders = {".onnx": _load_onnx, ".tflite": _load_litert}
    predict = loaders.get(Path(path).suffix, _load_saved_model)(str(path))

    def predict_logits(images):
        images = np.asarray(images)
        check_image(images.reshape(-1, *images.shape[2:]))  # one above the other
        return np.asarray(predict(images.astype(np.float32)))

    return predict_logits


def _load_saved_model(path: str) -> Callable:
    saved = tf.saved_model.load(path)
    # `saved.serve` alone would outlive what was loaded, and its weights with it.
    return lambda images: saved.serve(images)


def _load_onnx(path: str) -> Callable:
    import onnxruntime

    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    names = [found.name for found in session.get_inputs()]
    if len(names) > 1:  # the converter takes a Normalization layer's constants for inputs
        raise NotImplementedError(
            f"{path} has the inputs {', '.join(names)}, expected the image alone: use "
            "tf_saved_model or litert."
        )
    return lambda images: session.run(None, {names[0]: images})[0]


def _load_litert(path: str) -> Callable:
    interpreter = tf.lite.Interpreter(path, num_threads=os.cpu_count())  # else it takes one
    image, logits = interpreter.get_input_details()[0], interpreter.get_output_details()[0]

    def predict(images):
        if list(interpreter.get_input_details()[0]["shape"]) != list(images.shape):
            interpreter.resize_tensor_input(image["index"], images.shape)
        # Cheap where nothing changed; needed before the first picture in any case.
        interpreter.allocate_tensors()
        interpreter.set_tensor(image["index"], images)
        interpreter.invoke()
        return interpreter.get_tensor(logits["index"])

    return predict

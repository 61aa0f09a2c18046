"""Exported networks: files that run without Keras, read back and compared.

Taught in: notebooks/05_swap_the_encoder.ipynb
"""

import importlib
from collections.abc import Callable

import numpy as np
import tensorflow as tf

from unetlab.arguments import check_path
from unetlab.checks import check_image, read_array


def load_exported(path) -> Callable[[np.ndarray], np.ndarray]:
    """Load an exported model for prediction on the processor.

    Args:
        path: a SavedModel's folder, an `.onnx` file (needs the package onnxruntime) or a `.tflite`
            file (uses the package ai-edge-litert where it is installed, else TensorFlow's own
            interpreter).

    Returns:
        A function from image uint8 or float [B, H, W, 3], 0..255, to logits float32 [B, H, W, C].

    Raises:
        FileNotFoundError: there is nothing at the path.
        ImportError: the package that runs such a file is not installed.
        NotImplementedError: the file wants more inputs than the image.
        ValueError: the path is of another kind, or its content is damaged.

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
    path = check_path("path", path)
    if not path.exists():
        raise FileNotFoundError(
            f"Found nothing at {path}; expected an exported model; write one with model.export."
        )
    kind = "folder" if path.is_dir() else path.suffix
    if kind not in _LOADERS:
        raise ValueError(
            f"{path} is no exported model: expected a SavedModel's folder, an .onnx or a .tflite "
            "file; write one with model.export, or load a .keras file with keras.saving.load_model."
        )
    try:
        predict = _LOADERS[kind](str(path))
    except (ImportError, NotImplementedError):
        raise
    except Exception as error:  # each runtime raises errors of its own
        raise ValueError(
            f"{path} cannot be read as an exported model; export it again. "
            f"{type(error).__name__}: {str(error).strip().partition(chr(10))[0]}"
        ) from error
    return lambda images: np.asarray(predict(_read_images(images)))


def _read_images(images) -> np.ndarray:
    images = read_array(images, "batch of images")
    if images.ndim != 4 or images.shape[3] != 3:
        raise ValueError(
            f"the images are {images.dtype} {images.shape}, expected [B, H, W, 3]: image[None] "
            "makes a batch of one."
        )
    check_image(images.reshape(-1, *images.shape[2:]))  # one above the other
    return images.astype(np.float32)


def _load_saved_model(path: str) -> Callable:
    saved = tf.saved_model.load(path)
    # `saved.serve` alone would outlive what was loaded, and its weights with it.
    return lambda images: saved.serve(images)


def _load_onnx(path: str) -> Callable:
    try:
        runtime = importlib.import_module("onnxruntime")
    except ImportError as error:
        raise ImportError(
            f"{path} needs the package onnxruntime, which is not installed; install it with "
            "`pip install 'unetlab[export]'`."
        ) from error
    session = runtime.InferenceSession(path, providers=["CPUExecutionProvider"])
    names = [found.name for found in session.get_inputs()]
    if len(names) != 1:
        # Seen with EfficientNet: the converter takes a Normalization layer's constants for inputs.
        raise NotImplementedError(
            f"{path} has the inputs {', '.join(names)}, expected the image alone: the converter to "
            "ONNX left constants of the encoder out; use tf_saved_model or litert."
        )
    return lambda images: session.run(None, {names[0]: images})[0]


def _load_litert(path: str) -> Callable:
    try:
        interpreter_class = importlib.import_module("ai_edge_litert.interpreter").Interpreter
    except ImportError:
        interpreter_class = tf.lite.Interpreter
    interpreter = interpreter_class(path)
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


_LOADERS = {"folder": _load_saved_model, ".onnx": _load_onnx, ".tflite": _load_litert}

"""Pretrained weights: where an encoder's numbers come from, and a layer that remembers it."""

import http.client
import importlib.resources
import os
import socket
import sys
import urllib.error
import warnings
import zipfile
from collections.abc import Callable
from contextlib import contextmanager, redirect_stdout
from functools import cache
from pathlib import Path

import keras
import numpy as np

from unetlab.encoder_table import ENCODERS

# An encoder with these weights is one that learns from the first step; any other comes frozen.
RANDOM = "random"
# What goes wrong where there is no network, a silent one, or one that lets nobody out.
NETWORK_FAULTS = (
    urllib.error.URLError,
    ConnectionError,
    TimeoutError,
    socket.gaierror,
    http.client.HTTPException,
)


@keras.saving.register_keras_serializable("unetlab")
class Backbone(keras.layers.Wrapper):
    """The network inside an encoder: pretrained, it runs in inference mode, whatever trains around.

    Its batch norms then keep the statistics that they were trained with, also once the encoder is
    unfrozen. Inside a functional model `layer(x, training=False)` would not be enough: Keras 3 puts
    the training flag of the outer call in its place. Random weights learn as in any Keras model.

    Args:
        layer: the network to call.
        origin: where its weights come from, as `weights_of` says it.
        **kwargs: as in `keras.layers.Layer`.

    Example:
        >>> image = keras.Input([1])
        >>> network = keras.Sequential([keras.Input([1]), keras.layers.Dropout(0.99)])
        >>> model = keras.Model(image, Backbone(network, origin="imagenet")(image))
        >>> float(model(keras.ops.ones([1, 1]), training=True)[0, 0])
        1.0
    """

    def __init__(self, layer: keras.layers.Layer, origin: str, **kwargs):
        super().__init__(layer, **kwargs)
        self.origin = origin

    def call(self, inputs, training=None):
        """Call the wrapped network, with `training=False` unless its weights began at random."""
        return self.layer(inputs, training=training if self.origin == RANDOM else False)

    def compute_output_shape(self, input_shape):
        """Return the wrapped network's output shapes."""
        return self.layer.compute_output_shape(input_shape)

    def get_config(self):
        """Return what `keras.saving` needs to build the layer again."""
        return {**super().get_config(), "origin": self.origin}

    # A file of weights says where they come from, so that `load_weights` brings this along.
    def save_own_variables(self, store):
        """Store the origin's letters."""
        store["origin"] = np.frombuffer(self.origin.encode(), np.uint8)

    def load_own_variables(self, store):
        """Read the origin's letters."""
        if "origin" in store.keys():  # noqa: SIM118 - Keras's store is no container
            self.origin = bytes(np.asarray(store["origin"], np.uint8)).decode()


def weights_of(model: keras.Model) -> str:
    """Say where the weights of a model's encoder come from.

    Training does not change the answer: it is where the weights began.

    Args:
        model: as from `build_unet`, `build_carvana_unet` or `build_encoder`.

    Returns:
        "imagenet", "starter" (what comes with this package), "random", "file" (a path was given) or
        "own model" (the encoder is a Keras model of one's own).

    Raises:
        ValueError: the model has no encoder made here.

    Example:
        >>> from unetlab.encoders import build_encoder
        >>> weights_of(build_encoder("mobilenet_v2", 64, weights=None))
        'random'
    """
    found = _find_backbone(model)
    if found is None:
        name = f"model {model.name!r}" if hasattr(model, "layers") else type(model).__name__
        raise ValueError(
            f"the {name} has no encoder that says where its weights come from; pass "
            "one made by build_unet or build_encoder."
        )
    return found.origin


def _find_backbone(layer) -> Backbone | None:
    if isinstance(layer, Backbone):
        return layer
    parts = map(_find_backbone, getattr(layer, "layers", []))
    return next((part for part in parts if part is not None), None)


def build_application(
    application: Callable[..., keras.Model],
    input_shape: tuple[int, int, int],
    weights: str | os.PathLike | None,
    starter=None,
    fold: bool = False,
) -> tuple[keras.Model, str]:
    """Build a Keras application without its classifier, with pretrained weights if it can.

    Args:
        application: a function of `keras.applications`.
        input_shape: height and width in pixels, and 3 channels.
        weights: as in `unetlab.encoders.build_encoder`.
        starter: the file of its starter weights, or None where it has none.
        fold: whether its batch norms are to be folded, which random weights must not be.

    Returns:
        The model, and where its weights come from, as `weights_of` says it.

    Raises:
        ConnectionError: ImageNet weights were asked for and cannot be downloaded.
        OSError: the disk, or a damaged file in Keras's cache, is in the way.
        ValueError: there are no such weights, or the file holds none of this network.

    Example:
        >>> build_application(keras.applications.MobileNetV2, (64, 64, 3), weights=None)[1]
        'random'
    """
    if weights is None and fold:
        raise ValueError(
            "fold is True and weights is None: random batch norms have yet to learn; train first, "
            "then call fold_batch_norms on the model."
        )
    if weights is not None and not isinstance(weights, (str, os.PathLike)):
        raise ValueError(
            f"weights is {weights!r}, expected a text or a path: use 'auto', 'imagenet', "
            "'starter', None or the path of a weights file."
        )
    if weights in ("auto", "imagenet"):
        model, origin = _with_imagenet(application, input_shape, weights == "auto", starter, fold)
    else:
        model, origin = _build(application, input_shape), RANDOM
        if weights == "starter":
            model, origin = _with_starter(model, starter), "starter"
        elif weights is not None:
            model, origin = _with_file(model, weights), "file"
    if any(type(layer) is keras.layers.Normalization and layer.weights for layer in model.layers):
        model = _with_constant_normalization(model, origin)
    return model, origin


def _build(application, input_shape, weights=None) -> keras.Model:
    with warnings.catch_warnings():
        # MobileNet takes its weights for 224 pixels at other sizes, which is what we want.
        warnings.filterwarnings("ignore", "`input_shape` is undefined or non-square")
        return application(include_top=False, weights=weights, input_shape=input_shape)


def _with_imagenet(application, input_shape, instead: bool, starter, fold: bool):
    name, connect = application.__name__, "Connect to the internet once to get them."
    try:
        with _network_timeout(seconds=10), redirect_stdout(_HeldAnnouncement(sys.stdout)):
            return _build(application, input_shape, "imagenet"), "imagenet"
    except Exception as error:  # Keras raises a bare Exception where a download fails.
        cause = error.__context__ if type(error) is Exception else error
        reason = str(error).rpartition(" -- ")[2].strip().partition("\n")[0]
        missing = f"No ImageNet weights for {name} ({reason or type(error).__name__})"
        if isinstance(error, OSError) and not isinstance(cause, NETWORK_FAULTS):
            raise OSError(
                f"the ImageNet weights of {name} cannot be read from {weights_folder()} or kept "
                f"there ({reason}); see to the disk, or delete the damaged file."
            ) from error
        if not isinstance(cause, NETWORK_FAULTS):
            raise
        if not instead:
            raise ConnectionError(f"{missing}. {connect} Or pass weights='auto'.") from error
    model = _build(application, input_shape)
    if starter is not None and starter.is_file():
        _say_once(f"{missing}: it starts from unetlab's own starter weights. {connect}")
        return _with_starter(model, starter), "starter"
    unfolded = ", its batch norms not folded" if fold else ""
    _say_once(f"{missing}: it starts from random weights and is trained whole{unfolded}. {connect}")
    return model, RANDOM


@cache
def _say_once(line: str) -> None:
    print(line)


class _HeldAnnouncement:
    """Standard output whose first piece waits for the second.

    Keras announces a download before it knows of any network: without one, each model that is built
    would announce what never comes. Where it comes, a progress bar follows.
    """

    def __init__(self, stream):
        self.stream, self.held = stream, None

    def write(self, text: str) -> int:
        """Write what was held and the text; hold the text if it is the first."""
        if self.held is None:
            self.held = text
        else:
            self.stream.write(self.held + text)
            self.held = ""
        return len(text)

    def __getattr__(self, name):
        return getattr(self.stream, name)


@contextmanager
def _network_timeout(seconds: float):
    # Keras's download has no time limit of its own, and a silent network would hang it.
    before = socket.getdefaulttimeout()
    socket.setdefaulttimeout(seconds)
    try:
        yield
    finally:
        socket.setdefaulttimeout(before)


def weights_folder() -> Path:
    """Return the folder in which Keras keeps the weights that it has downloaded.

    Returns:
        A path, which need not exist.

    Example:
        >>> weights_folder().name
        'models'
    """
    return Path(os.environ.get("KERAS_HOME", Path.home() / ".keras")) / "models"


def starter_path():
    """Return where the starter weights of MobileNetV2 lie: a part of this package.

    Returns:
        A path, or what `importlib.resources` has in its place.

    Example:
        >>> starter_path().name
        'encoder.npz'
    """
    return importlib.resources.files("unetlab") / "starter" / "encoder.npz"


def _with_starter(model: keras.Model, path) -> keras.Model:
    if path is None:
        names = ", ".join(name for name, row in ENCODERS.items() if row.starter)
        raise ValueError(
            f"weights is 'starter', but {model.name} has no starter weights; use an encoder that "
            f"has some ({names}), or 'auto', 'imagenet' or None."
        )
    if not path.is_file():
        raise FileNotFoundError(
            f"weights is 'starter', but there is no {path}; install unetlab again, or make the "
            "starter weights."
        )
    variables = {
        f"{layer.name}/{variable.name}": variable
        for layer in model.layers
        for variable in layer.weights
    }
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as found:
            arrays = {name: found[name].astype(np.float32) for name in found.files}
    except (EOFError, ValueError, zipfile.BadZipFile) as error:
        raise ValueError(f"{path} is damaged ({error}); install unetlab again.") from error
    # The layers after the last tap are left out, and only they may be.
    there = [name in arrays for name in variables]
    fits = len(arrays) == sum(there) and there == sorted(there, reverse=True)
    if not fits or any(array.shape != variables[name].shape for name, array in arrays.items()):
        raise ValueError(
            f"{path} holds {len(arrays)} arrays that do not fit the {len(variables)} weights of "
            f"{model.name} one by one; install unetlab again, or make the starter weights anew."
        )
    for name, array in arrays.items():
        variables[name].assign(array)
    return model


def _with_file(model: keras.Model, path) -> keras.Model:
    if not Path(path).is_file():
        raise FileNotFoundError(
            f"weights is {str(path)!r}, and there is no such file; use 'auto', 'imagenet', "
            "'starter', None or the path of a weights file."
        )
    try:
        model.load_weights(path)
    except (KeyError, OSError, ValueError) as error:
        raise ValueError(
            f"{path} does not hold the weights of Keras's {model.name} without its classifier; "
            "save some by its save_weights. Keras says: "
            f"{str(error).strip().partition(chr(10))[0]}"
        ) from error
    return model


# What ImageNet's images have on average in 0..1, and their deviation: red, green, blue.
IMAGENET_MEAN, IMAGENET_DEVIATION = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


def _with_constant_normalization(model: keras.Model, origin: str) -> keras.Model:
    # EfficientNet B0 to B7 keep the mean and the deviation as weights. Keras divides by the root of
    # the deviation, and by the other root in a layer that it adds to weights="imagenet" alone; and
    # `set_weights` on a copy would not reach the numbers in use. One layer of constants, the same
    # for all weights, has none of these traps.
    norm = next(part for part in model.layers if isinstance(part, keras.layers.Normalization))
    mean, variance, _ = norm.get_weights()
    deviation = np.sqrt(variance)
    if origin == RANDOM:
        mean, deviation = np.array(IMAGENET_MEAN), np.array(IMAGENET_DEVIATION)
    elif mean.any():  # else a network that was trained without
        deviation = deviation * np.sqrt(IMAGENET_DEVIATION)
    scale, offset = (1 / deviation).tolist(), (-mean / deviation).tolist()

    def copy(layer):
        if layer is norm:
            return keras.layers.Rescaling(scale, offset, name=norm.name)
        return type(layer).from_config(layer.get_config())

    def call(layer, x, *inputs, **settings):
        added = isinstance(layer, keras.layers.Rescaling) and isinstance(layer.scale, list)
        return x if added and layer.name != norm.name else layer(x, *inputs, **settings)

    copied = keras.models.clone_model(model, clone_function=copy, call_function=call)
    for layer in copied.layers:
        if layer.weights:
            layer.set_weights(model.get_layer(layer.name).get_weights())
    return copied

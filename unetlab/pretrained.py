"""Pretrained weights: from Keras's cache or a download, and what happens where there is neither.

Taught in: notebooks/01_pets_segmentation.ipynb
"""

import socket
import warnings
from collections.abc import Callable
from contextlib import contextmanager

import keras


def build_application(
    application: Callable[..., keras.Model], input_shape: tuple[int, int, int], weights: str | None
) -> tuple[keras.Model, bool]:
    """Build a Keras application without its classifier, with pretrained weights if it can.

    Args:
        application: a function of `keras.applications`.
        input_shape: height and width in pixels, and 3 channels.
        weights: "imagenet", None, a path, or "auto" for ImageNet where Keras has it cached or can
            download it and random ones elsewhere, which one printed line says.

    Returns:
        The model, and whether its weights are pretrained.

    Example:
        >>> build_application(keras.applications.MobileNetV2, (64, 64, 3), weights=None)[1]
        False

    Taught in: notebooks/01_pets_segmentation.ipynb
    """

    def build(weights):
        with warnings.catch_warnings():
            # MobileNet takes its weights for 224 pixels at other sizes, which is what we want.
            warnings.filterwarnings("ignore", "`input_shape` is undefined or non-square")
            return application(include_top=False, weights=weights, input_shape=input_shape)

    if weights != "auto":
        return build(weights), weights is not None
    try:
        with _network_timeout(seconds=10):
            return build("imagenet"), True
    except Exception as error:  # Keras raises a bare Exception where a download fails.
        reason = str(error).rpartition(" -- ")[2].strip().partition("\n")[0]
        print(
            f"No ImageNet weights for {application.__name__} "
            f"({reason or type(error).__name__}): it starts from random weights and is trained "
            "whole. Connect to the internet once to get them."
        )
        return build(None), False


@contextmanager
def _network_timeout(seconds: float):
    # Keras's download has no time limit of its own, and a silent network would hang it.
    before = socket.getdefaulttimeout()
    socket.setdefaulttimeout(seconds)
    try:
        yield
    finally:
        socket.setdefaulttimeout(before)

"""Whether two results are the same to a fair eye, and how to show one in a line."""

from collections.abc import Iterable

import numpy as np

MOST_LETTERS = 160


def same(found, expected, tolerance: float = 1e-3) -> bool:
    """Say whether a result is the expected text, number, array or list, however it is packed.

    Lists, tuples, arrays and tensors count alike, as do whole numbers, floats and truth values; a
    mask may be [H, W] or [H, W, 1]; texts may differ in their spaces.
    """
    if isinstance(expected, str):
        return isinstance(found, str) and found.split() == expected.split()
    if isinstance(expected, list | tuple) and not is_numeric(expected):
        if isinstance(found, str) or not isinstance(found, Iterable):
            return False
        parts = list(found)
        return len(parts) == len(expected) and all(
            same(part, other, tolerance) for part, other in zip(parts, expected, strict=True)
        )
    found = list(found) if isinstance(found, range | map | filter) else found
    if not is_numeric(found) or not is_numeric(expected):
        return False
    found, expected = (np.asarray(value, float) for value in (found, expected))
    if found.shape != expected.shape:
        found, expected = _without_channel(found), _without_channel(expected)
    return found.shape == expected.shape and bool(
        np.allclose(found, expected, rtol=1e-9, atol=tolerance, equal_nan=True)
    )


def is_numeric(value) -> bool:
    """Say whether a value is a number or an array, list or tensor of them."""
    try:
        return np.asarray(value).dtype.kind in "biuf"
    except Exception:  # whatever a learner returned: NumPy asks it, and it may answer with anything
        return False


def _without_channel(array: np.ndarray) -> np.ndarray:
    if array.size == 1:
        return array.reshape(())
    return array[..., 0] if array.ndim > 1 and array.shape[-1] == 1 else array


def show(value) -> str:
    """Show a value in a line, without types, and cut it short where it is long."""
    text = _text_of(value).replace("`", "'").replace("\n", " ")
    return text if len(text) <= MOST_LETTERS else f"{text[: MOST_LETTERS - 4]} ..."


def _text_of(value) -> str:
    if value is ...:
        return "..."
    if isinstance(value, list | tuple):
        inside = ", ".join(map(_text_of, value))
        return f"[{inside}]" if isinstance(value, list) else f"({inside})"
    if is_numeric(value):
        array = np.asarray(value)
        return str((np.round(array, 4) if array.dtype.kind == "f" else array).tolist())
    return getattr(value, "__name__", None) or repr(value)

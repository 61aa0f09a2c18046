"""Whether two results are the same to a fair eye, and how to show one in a line."""

from collections.abc import Iterable

import numpy as np

MOST_LETTERS = 160


def same(found, expected, tolerance: float = 1e-3) -> bool:
    """Say whether a result is the expected one, however it is packed.

    Lists, tuples, arrays and tensors count alike, as do whole numbers, floats and truth values; a
    mask may be [H, W] or [H, W, 1]; texts may differ in their spaces.

    Args:
        found: what an answer returned.
        expected: what it should have returned: a text, a number, an array, or a list of them.
        tolerance: by how much a number may differ.

    Returns:
        True or False.

    Example:
        >>> same([[True, False]], np.array([[[1], [0]]])), same(0.33, 1 / 3), same(None, 0)
        (True, False, False)
    """
    if isinstance(expected, str):
        return isinstance(found, str) and found.split() == expected.split()
    if isinstance(expected, list | tuple) and not is_numeric(expected):
        parts = _parts_of(found)
        return len(parts) == len(expected) and all(
            same(part, other, tolerance) for part, other in zip(parts, expected, strict=True)
        )
    found = list(found) if isinstance(found, range | map | filter) else found
    if not is_numeric(found) or not is_numeric(expected):
        return found is None and expected is None
    found, expected = (np.asarray(value, float) for value in (found, expected))
    if found.shape != expected.shape:
        found, expected = _without_channel(found), _without_channel(expected)
    return found.shape == expected.shape and bool(
        np.allclose(found, expected, rtol=1e-9, atol=tolerance, equal_nan=True)
    )


def is_numeric(value) -> bool:
    """Say whether a value is a number or an array, list or tensor of them.

    Args:
        value: anything.

    Returns:
        True or False.

    Example:
        >>> is_numeric([[1, 2]]), is_numeric("1"), is_numeric([[1], [2, 3]])
        (True, False, False)
    """
    try:
        return np.asarray(value).dtype.kind in "biuf"
    except Exception:  # whatever a learner returned: NumPy asks it, and it may answer with anything
        return False


def _parts_of(found) -> list:
    if isinstance(found, str) or not isinstance(found, Iterable):
        return []
    return list(found)


def _without_channel(array: np.ndarray) -> np.ndarray:
    if array.size == 1:
        return array.reshape(())
    return array[..., 0] if array.ndim > 1 and array.shape[-1] == 1 else array


def show(value) -> str:
    """Show a value in a line, without types, and cut it short where it is long.

    Args:
        value: anything.

    Returns:
        A text.

    Example:
        >>> show((np.array([[1, 0]]), np.float64(1 / 3))), show(print)
        ('([[1, 0]], 0.3333)', 'print')
    """
    text = _text_of(value).replace("`", "'").replace("\n", " ")
    return text if len(text) <= MOST_LETTERS else f"{text[: MOST_LETTERS - 4]} ..."


def _text_of(value) -> str:
    if value is ...:
        return "..."
    if is_numeric(value) and not isinstance(value, list | tuple):
        array = np.asarray(value)
        return str((np.round(array, 4) if array.dtype.kind == "f" else array).tolist())
    if isinstance(value, list | tuple):
        inside = ", ".join(map(_text_of, value))
        return f"[{inside}]" if isinstance(value, list) else f"({inside})"
    return getattr(value, "__name__", None) or repr(value)

"""What every call asks of its plain arguments: counts, seeds, flags, models."""

from numbers import Real
from operator import index

import numpy as np


def check_count(name: str, value, smallest: int = 1) -> int:
    """Return a whole number, or raise if it is none or too small.

    Args:
        name: the argument's name, for the message.
        value: what was passed.
        smallest: the least that it may be.

    Returns:
        The number as an int.

    Raises:
        ValueError: says what was found and what to do.

    Example:
        >>> check_count("batch_size", 2.5)
        Traceback (most recent call last):
        ...
        ValueError: batch_size is 2.5, expected a whole number >= 1: give an int.
    """
    if not is_whole(value) or value < smallest:
        raise ValueError(
            f"{name} is {value!r}, expected a whole number >= {smallest}: give an int."
        )
    return index(value)


def check_seed(seed) -> int:
    """Return a seed, or raise if it is no whole number >= 0.

    Args:
        seed: what was passed; None would give other numbers each time.

    Returns:
        The seed as an int.

    Raises:
        ValueError: says what was found and what to do.

    Example:
        >>> check_seed(7)
        7
    """
    return check_count("seed", seed, smallest=0)


def check_flag(name: str, value) -> bool:
    """Return True or False, or raise if it is neither: "no" would count as yes.

    Args:
        name: the argument's name, for the message.
        value: what was passed.

    Returns:
        The value as a bool.

    Raises:
        ValueError: says what was found and what to do.

    Example:
        >>> check_flag("shuffle", "no")
        Traceback (most recent call last):
        ...
        ValueError: shuffle is 'no', expected True or False: give one of these two.
    """
    if not isinstance(value, (bool, np.bool)):
        raise ValueError(f"{name} is {value!r}, expected True or False: give one of these two.")
    return bool(value)


def is_number(value) -> bool:
    """Tell whether a value is one real number, and neither True nor False nor a text.

    Args:
        value: anything.

    Returns:
        Whether it can be compared with a range; NaN can, and is in none.

    Example:
        >>> is_number(0.5), is_number("0.5"), is_number(True)
        (True, False, False)
    """
    return isinstance(value, Real) and not isinstance(value, (bool, np.bool))


def check_model(model):
    """Return the model, or raise if it is none from images [B, H, W, 3] to logits [B, H, W, C].

    Args:
        model: what was passed.

    Returns:
        The model.

    Raises:
        ValueError: says what was found and what to do.

    Example:
        >>> check_model("model.keras")
        Traceback (most recent call last):
        ...
        ValueError: the model is a str, expected a keras.Model from images [B, H, W, 3] to ...
    """
    shapes = [getattr(model, name, None) for name in ("input_shape", "output_shape")]
    fit = all(isinstance(shape, tuple) and len(shape) == 4 for shape in shapes)
    if not fit or shapes[0][3] != 3:
        found = f", from {shapes[0]} to {shapes[1]}" if any(shapes) else ""
        raise ValueError(
            f"the model is a {type(model).__name__}{found}, expected a keras.Model from images "
            "[B, H, W, 3] to logits [B, H, W, C]: build one with build_unet, or load a file with "
            "keras.saving.load_model."
        )
    return model


def is_whole(value) -> bool:
    """Say whether a value is a whole number of Python or NumPy; True and False are none.

    Args:
        value: anything.

    Returns:
        True or False.

    Example:
        >>> is_whole(3), is_whole(3.0), is_whole(True)
        (True, False, False)
    """
    try:
        index(value)
    except TypeError:
        return False
    return not isinstance(value, (bool, np.bool))

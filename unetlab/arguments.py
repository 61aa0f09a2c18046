"""What every call asks of its plain arguments: counts, seeds, flags, models."""

import os
from numbers import Real
from operator import index
from pathlib import Path

import numpy as np

LARGEST = 2**31 - 1  # what TensorFlow counts with
MOST_CLASSES = 255  # ids from 0 to 254: of a byte's numbers the last one is void


def check_count(name: str, value, smallest: int = 1, largest: int = LARGEST) -> int:
    """Return a whole number, or raise if it is none or too small.

    Args:
        name: the argument's name, for the message.
        value: what was passed.
        smallest: the least that it may be.
        largest: the most that it may be.

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
    if value > largest:
        raise ValueError(
            f"{name} is {value!r}, expected a whole number from {smallest} to {largest}: give a "
            "smaller one."
        )
    return index(value)


def check_counts(name: str, values, length: int | None = None) -> tuple[int, ...]:
    """Return whole numbers from 1 on, or raise if they are anything else.

    Args:
        name: the argument's name, for the message.
        values: what was passed.
        length: how many there must be, or None for any number of them.

    Returns:
        The numbers as a tuple of ints.

    Raises:
        ValueError: says what was found and what to do.

    Example:
        >>> check_counts("convolutions", (0, 2), 2)
        Traceback (most recent call last):
        ...
        ValueError: convolutions is (0, 2), expected a list or tuple of 2 whole numbers >= 1: ...
    """
    several = isinstance(values, (list, tuple, np.ndarray)) and len(values) == (
        len(values) if length is None else length
    )
    if not several or not all(is_whole(value) and value >= 1 for value in values):
        count = "" if length is None else f"{length} "
        raise ValueError(
            f"{name} is {values!r}, expected a list or tuple of {count}whole numbers >= 1: try "
            f"({', '.join(['2'] * (length or 2))})."
        )
    return tuple(map(index, values))


def check_class_names(class_names, source="") -> tuple[str, ...]:
    """Return the names of a data set's classes, or raise if they are anything else.

    Args:
        class_names: what was passed.
        source: of which file, for the message; "" says nothing of it.

    Returns:
        The names as a tuple.

    Raises:
        ValueError: says what was found and what to do.

    Example:
        >>> check_class_names(["cat"])
        Traceback (most recent call last):
        ...
        ValueError: class_names is ['cat'], expected from 2 to 255 different names, each a text ...
    """
    several = isinstance(class_names, (list, tuple, np.ndarray))
    names = tuple(class_names) if several else ()
    texts = [name for name in names if isinstance(name, str) and name.strip()]
    fit = len(texts) == len(names) and all(len(name.splitlines()) == 1 for name in texts)
    if not fit or not 2 <= len(set(names)) == len(names) <= MOST_CLASSES:
        place = f" for {source}" if source else ""
        raise ValueError(
            f"class_names is {class_names!r}{place}, expected from 2 to {MOST_CLASSES} different "
            'names, each a text of one line, the background\'s first: try ("background", "cat").'
        )
    return names


def check_path(name: str, value) -> Path:
    """Return a path, or raise if it is none: None would be a file called "None".

    Args:
        name: the argument's name, for the message.
        value: a text or a path.

    Returns:
        The path.

    Raises:
        ValueError: says what was found and what to do.

    Example:
        >>> check_path("path", None)
        Traceback (most recent call last):
        ...
        ValueError: path is None, expected a path: give a text or a Path, the path of a file ...
    """
    if not isinstance(value, (str, os.PathLike)) or not str(value):
        raise ValueError(
            f"{name} is {value!r}, expected a path: give a text or a Path, the path of a file "
            "or folder."
        )
    return Path(value)


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
    return check_count("seed", seed, smallest=0, largest=2**63 - 1)


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


def check_functional(model):
    """Return the model, or raise if it is no Keras model that knows its inputs and its layers.

    Args:
        model: what was passed.

    Returns:
        The model.

    Raises:
        ValueError: says what was found and what to do.

    Example:
        >>> check_functional("vgg16")
        Traceback (most recent call last):
        ...
        ValueError: the model is a str, expected a keras.Model of known inputs, outputs and ...
    """
    if not all(getattr(model, name, None) for name in ("layers", "inputs", "outputs")):
        raise ValueError(
            f"the model is a {type(model).__name__}, expected a keras.Model of known inputs, "
            "outputs and layers: build one with build_unet, build_encoder or "
            "keras.Model(inputs, outputs)."
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

"""Colours of the classes, and the names that stand beside them.

Taught in: notebooks/01_pets_segmentation.ipynb
"""

from collections.abc import Sequence

import matplotlib.pyplot as plt
import numpy as np

# Okabe and Ito, Color Universal Design, 2008: told apart with any kind of colour vision.
CLASS_COLOURS = ("#E69F00", "#0072B2", "#F0E442", "#009E73", "#CC79A7", "#56B4E9", "#D55E00")
VOID_COLOUR = "#BBBBBB"


def choose_colours(count: int) -> Sequence:
    """Choose a colour for each class: the seven that everyone tells apart, or a row of hues.

    Args:
        count: number of classes.

    Returns:
        Colours as Matplotlib takes them.

    Example:
        >>> choose_colours(2)
        ('#E69F00', '#0072B2')
    """
    if count <= len(CLASS_COLOURS):
        return CLASS_COLOURS[:count]
    return plt.get_cmap("turbo")(np.linspace(0, 1, count))


def check_names(class_names) -> None:
    """Raise unless these are names of classes, each once.

    Args:
        class_names: what was passed.

    Raises:
        ValueError: says what was found and what to do.

    Example:
        >>> check_names(["cat", "cat"])
        Traceback (most recent call last):
        ...
        ValueError: class_names is ['cat', 'cat'], expected each name once: two classes of one ...
    """
    several = isinstance(class_names, (list, tuple, np.ndarray)) and len(class_names)
    if not several or not all(isinstance(name, str) for name in class_names):
        raise ValueError(
            f"class_names is {class_names!r}, expected a name for each class id, such as "
            '["background", "cat"].'
        )
    if len(set(class_names)) < len(class_names):
        raise ValueError(
            f"class_names is {class_names!r}, expected each name once: two classes of one name "
            "would look the same."
        )

"""Pictures side by side, each under its title."""

import textwrap
from collections.abc import Mapping

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure

from unetlab.checks import check_image


def show_pictures(pictures: Mapping, columns: int | None = None) -> Figure:
    """Show pictures side by side, each under its title.

    Args:
        pictures: by title, of any sizes: RGB [H, W, 3] or grey, [H, W, 1] or [H, W], as uint8 or
            float in 0..255; or RGBA [H, W, 4], uint8.
        columns: how many stand in a row; None for all of them.

    Returns:
        A Figure of a plot for each picture, row by row.

    Raises:
        ValueError: a picture is none, or in 0..1.

    Example:
        >>> show_pictures({"grey": np.zeros([4, 6]), "red": np.uint8([[[200, 0, 0]]])})
        <Figure size ...>
    """
    shown = {title: _read_picture(title, picture) for title, picture in pictures.items()}
    columns = min(columns or len(shown), len(shown))
    rows = -(-len(shown) // columns)
    width = min(3.7, 12 / columns)
    height = width * max(picture.shape[0] / picture.shape[1] for picture in shown.values())
    figure, axes = plt.subplots(
        rows,
        columns,
        figsize=(width * columns, (height + 0.3) * rows),
        squeeze=False,
        layout="constrained",
    )
    for axis, (title, picture) in zip(axes.flat, shown.items(), strict=False):
        axis.imshow(picture)
        axis.set(title=fold_title(title, round(8 * width)), xticks=[], yticks=[])
    for axis in axes.flat[len(shown) :]:
        axis.remove()
    plt.close(figure)
    return figure


def fold_title(title, letters: int) -> str:
    """Break a title into lines of so many letters, so that it stays over its own picture."""
    lines = str(title).splitlines()
    return "\n".join(part for line in lines for part in textwrap.wrap(line, letters))


def _read_picture(title, picture) -> np.ndarray:
    picture = np.asarray(picture)
    if picture.ndim == 2 or picture.shape[-1] == 1:
        if picture.dtype.kind in "ui" and 0 < picture.max() <= 1:
            raise ValueError(
                f"the picture {title!r} holds only 0 and 1, expected 0..255: multiply a mask by "
                "255, or show it by show_samples."
            )
        picture = picture.reshape(*picture.shape[:2], 1).repeat(3, axis=2)
    colours = np.uint8(np.round(np.clip(check_image(picture[..., :3]), 0, 255)))
    return np.dstack([colours, picture[..., 3]]) if picture.shape[2] == 4 else colours

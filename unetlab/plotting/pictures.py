"""Pictures side by side, and cut-outs on white and on a colour.

Taught in: notebooks/03_chair_extraction.ipynb
"""

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure

from unetlab.arguments import check_count
from unetlab.checks import check_colour, check_image, read_array
from unetlab.plotting.rows import check_titles


def show_cut_outs(cut_outs: Sequence, background=(86, 124, 92), titles: Sequence = ()) -> Figure:
    """Show cut-outs on white and on a colour, which shows what white hides.

    Args:
        cut_outs: uint8 [H, W, 4] each, of any sizes.
        background: the colour (red, green, blue), 0..255.
        titles: one for each cut-out, or none.

    Returns:
        A Figure of a column for each cut-out.

    Raises:
        ValueError: there are none, one is not uint8 [H, W, 4], or titles are too few or too many.

    Example:
        >>> show_cut_outs([np.zeros([4, 4, 4], np.uint8)])
        <Figure size ...>
    """
    if not hasattr(cut_outs, "__getitem__"):
        raise ValueError(f"cut_outs is {cut_outs!r}, expected a list of them: pass [cut_out].")
    check_titles(titles)
    check_colour(background)
    cut_outs = [read_array(one, "cut-out") for one in cut_outs]
    count = len(cut_outs)
    if not count or len(titles) not in (0, count):
        raise ValueError(
            f"there are {count} cut-outs and {len(titles)} titles, expected one or more cut-outs, "
            "and none or as many titles."
        )
    for one in cut_outs:
        if one.dtype != np.uint8 or one.ndim != 3 or one.shape[2] != 4:
            raise ValueError(
                f"a cut-out is {one.dtype} {one.shape}, expected uint8 [H, W, 4]: make it with "
                "cut_out, and pass a list."
            )
    figure, axes = plt.subplots(
        2, count, figsize=(2.2 * count, 4.6), squeeze=False, layout="constrained"
    )
    for row, colour in zip(axes, ((255, 255, 255), background), strict=True):
        for axis, one in zip(row, cut_outs, strict=True):
            # What is transparent shows the frame's own colour.
            axis.imshow(one)
            axis.set(xticks=[], yticks=[], facecolor=np.divide(colour, 255))
    for axis, title in zip(axes[0], titles, strict=False):
        axis.set_title(title, fontsize=9)
    plt.close(figure)
    return figure


def show_pictures(pictures: Mapping, columns: int | None = None) -> Figure:
    """Show pictures side by side, each under its title.

    Args:
        pictures: by title, of any sizes: RGB [H, W, 3] or grey, [H, W, 1] or [H, W], as uint8 or
            float in 0..255; or RGBA [H, W, 4], uint8.
        columns: how many stand in a row; None for all of them.

    Returns:
        A Figure of a plot for each picture, row by row.

    Raises:
        ValueError: there are none, one is no such picture, or columns is no whole number from 1 on.

    Example:
        >>> show_pictures({"grey": np.zeros([4, 6]), "red": np.uint8([[[200, 0, 0]]])})
        <Figure size ...>
    """
    if not isinstance(pictures, Mapping) or not pictures:
        found = "an empty" if isinstance(pictures, Mapping) else "a"
        raise ValueError(
            f"pictures is {found} {type(pictures).__name__}, expected one or more by title: pass "
            '{"a title": picture}.'
        )
    if columns is not None:
        check_count("columns", columns)
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
        axis.set(title=title, xticks=[], yticks=[])
    for axis in axes.flat[len(shown) :]:
        axis.remove()
    plt.close(figure)
    return figure


def _read_picture(title, picture) -> np.ndarray:
    picture = read_array(picture, f"picture {title!r}")
    picture = picture[..., None] if picture.ndim == 2 else picture
    channels = picture.shape[2] if picture.ndim == 3 else 0
    if channels not in (1, 3, 4) or (channels == 4 and picture.dtype != np.uint8):
        raise ValueError(
            f"the picture {title!r} is {picture.dtype} {picture.shape}, expected grey [H, W], RGB "
            "[H, W, 3], or RGBA [H, W, 4] as uint8: pass each picture by itself, not a batch."
        )
    if channels == 1 and picture.dtype.kind in "ui" and picture.size and 0 < picture.max() <= 1:
        raise ValueError(
            f"the picture {title!r} holds only 0 and 1, expected 0..255: multiply a mask by "
            "255, or show it by show_samples."
        )
    colours = picture[..., :3] if channels > 1 else picture.repeat(3, axis=-1)
    try:
        colours = np.uint8(np.round(np.clip(check_image(colours), 0, 255)))
    except ValueError as error:
        raise ValueError(f"of the picture {title!r}, {error}") from None
    return np.concatenate([colours, picture[..., 3:]], axis=-1) if channels == 4 else colours

"""Plots: samples, predictions, curves, class shares, confusion.

Every function returns a Figure that is already closed in pyplot: a notebook shows it once, as the
value of its cell, and none piles up in memory.

Taught in: notebooks/01_pets_segmentation.ipynb
"""

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.colors import ListedColormap
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator

# Okabe and Ito, Color Universal Design, 2008: told apart with any kind of colour vision.
CLASS_COLOURS = ("#E69F00", "#0072B2", "#F0E442", "#009E73", "#CC79A7", "#56B4E9", "#D55E00")


def show_samples(images, masks, class_names: Sequence[str], titles: Sequence[str] = ()) -> Figure:
    """Show images above their masks.

    Args:
        images: uint8 or float [B, H, W, 3], 0..255, or a list of images of any sizes.
        masks: integer [B, H, W, 1], class ids from 0, or a list of masks.
        class_names: the meaning of each class id.
        titles: one for each image, or none.

    Returns:
        A Figure of a column for each image.

    Example:
        >>> show_samples(np.zeros([2, 8, 8, 3]), np.zeros([2, 8, 8, 1], int), ["a", "b"])
        <Figure size ...>

    Taught in: notebooks/01_pets_segmentation.ipynb
    """
    return _show_rows({"image": images, "mask": masks}, class_names, titles)


def show_predictions(
    images, masks, predicted_masks, class_names: Sequence[str], titles: Sequence[str] = ()
) -> Figure:
    """Show images, their masks, the predicted masks, and where the two differ.

    Args:
        images: uint8 or float [B, H, W, 3], 0..255, or a list of images of any sizes.
        masks: integer [B, H, W, 1], class ids from 0, or a list of masks.
        predicted_masks: as `masks`.
        class_names: the meaning of each class id.
        titles: one for each image, or none.

    Returns:
        A Figure of a column for each image; wrong pixels are red in its last row.

    Example:
        >>> image, mask = np.zeros([1, 8, 8, 3]), np.zeros([1, 8, 8, 1], int)
        >>> show_predictions(image, mask, mask, ["a", "b"])
        <Figure size ...>

    Taught in: notebooks/01_pets_segmentation.ipynb
    """
    wrong = [_paint_wrong(*parts) for parts in zip(images, masks, predicted_masks, strict=True)]
    rows = {"image": images, "mask": masks, "predicted_mask": predicted_masks, "wrong": wrong}
    return _show_rows(rows, class_names, titles)


def show_progress(history: Mapping, images, masks, predicted_masks, class_names) -> Figure:
    """Show the curves so far beside the predictions of now.

    Args:
        history: values by epoch, by name, as `fit` returns them in `.history`.
        images: as in `show_predictions`; three look best.
        masks: as in `show_predictions`.
        predicted_masks: as in `show_predictions`.
        class_names: the meaning of each class id.

    Returns:
        A Figure: curves on the left, images, masks and predictions on the right.

    Example:
        >>> image, mask = np.zeros([1, 8, 8, 3]), np.zeros([1, 8, 8, 1], int)
        >>> show_progress({"loss": [2.0, 1.0]}, image, mask, mask, ["a", "b"])
        <Figure size ...>

    Taught in: notebooks/01_pets_segmentation.ipynb
    """
    figure = plt.figure(figsize=(12, 5), layout="constrained")
    left, right = figure.subfigures(1, 2, width_ratios=(2, 3))
    _draw_curves(left.subplots(2, 1, sharex=True), history)
    rows = {"image": images, "mask": masks, "predicted_mask": predicted_masks}
    _draw_rows(right.subplots(3, len(images), squeeze=False), rows, class_names, ())
    plt.close(figure)
    return figure


def plot_history(history: Mapping) -> Figure:
    """Plot the losses and the other metrics of a training run, with their validation values.

    Args:
        history: values by epoch, by name, as `fit` returns them in `.history`.

    Returns:
        A Figure of two plots.

    Example:
        >>> plot_history({"loss": [2.0, 1.0], "val_loss": [2.0, 1.5], "dice": [0.1, 0.2]})
        <Figure size ...>

    Taught in: notebooks/01_pets_segmentation.ipynb
    """
    figure, axes = plt.subplots(1, 2, figsize=(11, 3.6), layout="constrained")
    _draw_curves(axes, history)
    plt.close(figure)
    return figure


def plot_class_shares(shares: Sequence[float], class_names: Sequence[str]) -> Figure:
    """Plot which share of all pixels each class holds.

    Args:
        shares: one number for each class, 0..1.
        class_names: the meaning of each class id.

    Returns:
        A Figure of bars.

    Example:
        >>> plot_class_shares([0.3, 0.7], ["a", "b"])
        <Figure size ...>

    Taught in: notebooks/01_pets_segmentation.ipynb
    """
    figure, axis = plt.subplots(figsize=(7, 0.5 + 0.45 * len(shares)), layout="constrained")
    bars = axis.barh(
        class_names, shares, color=_colours(len(shares)), edgecolor="black", linewidth=0.5
    )
    axis.bar_label(bars, [f"{share:.1%}" for share in shares], padding=4)
    axis.set(xlabel="share of all pixels", xlim=(0, max(shares) * 1.15))
    axis.invert_yaxis()
    plt.close(figure)
    return figure


def plot_confusion(confusion, class_names: Sequence[str]) -> Figure:
    """Plot which classes are taken for which.

    Args:
        confusion: float [C, C]; row: true class, column: predicted class.
        class_names: the meaning of each class id.

    Returns:
        A Figure of a matrix; each row adds up to 100% of the class's true pixels.

    Example:
        >>> plot_confusion(np.eye(2), ["a", "b"])
        <Figure size ...>

    Taught in: notebooks/01_pets_segmentation.ipynb
    """
    confusion = np.asarray(confusion, float)
    shares = confusion / np.maximum(confusion.sum(axis=1, keepdims=True), 1)
    figure, axis = plt.subplots(
        figsize=(1.6 + len(shares), 1.1 + 0.9 * len(shares)), layout="constrained"
    )
    axis.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    for (row, column), share in np.ndenumerate(shares):
        colour = "white" if share > 0.5 else "black"
        axis.text(column, row, f"{share:.1%}", ha="center", va="center", color=colour)
    ids = range(len(shares))
    axis.set(xticks=ids, yticks=ids, xlabel="predicted class", ylabel="true class")
    axis.set_xticklabels(class_names)
    axis.set_yticklabels(class_names)
    plt.close(figure)
    return figure


def _show_rows(rows: Mapping, class_names, titles) -> Figure:
    columns = len(rows["image"])
    # Rows as high as the highest image needs: wide photos would stand far apart in squares.
    shapes = [np.shape(image) for image in rows["image"]]
    height = 2.2 * max(shape[0] / shape[1] for shape in shapes)
    figure, axes = plt.subplots(
        len(rows),
        columns,
        figsize=(2.2 * columns, height * len(rows) + (0.6 if titles else 0.4)),
        squeeze=False,
        layout="constrained",
    )
    _draw_rows(axes, rows, class_names, titles)
    plt.close(figure)
    return figure


def _draw_rows(axes, rows: Mapping, class_names, titles) -> None:
    colours = ListedColormap(_colours(len(class_names)))
    for (name, pictures), line in zip(rows.items(), axes, strict=True):
        for axis, picture in zip(line, pictures, strict=True):
            picture = np.asarray(picture)
            if "mask" in name:
                axis.imshow(
                    picture[..., 0],
                    colours,
                    vmin=0,
                    vmax=len(class_names) - 1,
                    interpolation="nearest",
                )
            else:
                axis.imshow(np.uint8(np.clip(picture, 0, 255)))
            axis.set(xticks=[], yticks=[])
        line[0].set_ylabel(name)
    for axis, title in zip(axes[0], titles, strict=False):
        axis.set_title(title, fontsize=9)
    handles = [
        Patch(facecolor=colours(i), edgecolor="black", linewidth=0.5, label=name)
        for i, name in enumerate(class_names)
    ]
    axes[0][0].figure.legend(
        handles=handles, loc="outside lower center", ncols=len(handles), frameon=False
    )


def _paint_wrong(image, mask, predicted_mask):
    grey = np.asarray(image, float).mean(axis=-1, keepdims=True).repeat(3, axis=-1)
    return np.where(np.asarray(mask) == np.asarray(predicted_mask), grey, (230, 30, 30))


def _draw_curves(axes, history: Mapping) -> None:
    names = [name for name in history if not name.startswith("val_") and name != "learning_rate"]
    for name in names:
        axis = axes[0] if "loss" in name else axes[1]
        epochs = np.arange(1, len(history[name]) + 1)
        (line,) = axis.plot(epochs, history[name], marker=".", label=name)
        if f"val_{name}" in history:
            axis.plot(
                epochs,
                history[f"val_{name}"],
                "--",
                marker=".",
                color=line.get_color(),
                label=f"val_{name}",
            )
    for axis in axes:
        axis.set_xlabel("epoch")
        axis.xaxis.set_major_locator(MaxNLocator(integer=True))
        axis.grid(alpha=0.3)
        if axis.lines:
            axis.legend(frameon=False)


def _colours(count: int) -> list[str]:
    return [CLASS_COLOURS[i % len(CLASS_COLOURS)] for i in range(count)]

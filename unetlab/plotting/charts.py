"""Charts: curves of a training run, shares of the classes, and what was taken for what."""

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from unetlab.plotting.rows import choose_colours


def plot_history(history: Mapping) -> Figure:
    """Plot the losses and the other metrics of a training run, with their validation values.

    Args:
        history: values by epoch, by name, as `fit` returns them in `.history`.

    Returns:
        A Figure of two plots.

    Example:
        >>> plot_history({"loss": [2.0, 1.0], "val_loss": [2.0, 1.5], "dice": [0.1, 0.2]})
        <Figure size ...>
    """
    figure, axes = plt.subplots(1, 2, figsize=(11, 3.6), layout="constrained")
    draw_curves(axes, history)
    plt.close(figure)
    return figure


def draw_curves(axes, history: Mapping) -> None:
    """Draw a history on two axes: its losses on the first, all else on the second."""
    names = [name for name in history if not name.startswith("val_") and name != "learning_rate"]
    for name in names:
        axis = axes[0] if "loss" in name else axes[1]
        epochs = np.arange(1, len(history[name]) + 1)
        (line,) = axis.plot(epochs, history[name], marker=".", label=name)
        if (validation := f"val_{name}") in history:
            colour = line.get_color()
            axis.plot(epochs, history[validation], "--", marker=".", color=colour, label=validation)
    for axis in axes:
        axis.set_xlabel("epoch")
        axis.xaxis.set_major_locator(MaxNLocator(integer=True))
        axis.grid(alpha=0.3)
        if axis.lines:
            axis.legend(frameon=False)


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
    """
    figure, axis = plt.subplots(figsize=(7, 0.5 + 0.45 * len(shares)), layout="constrained")
    colours = choose_colours(class_names)
    bars = axis.barh(class_names, shares, color=colours, edgecolor="black", linewidth=0.5)
    axis.bar_label(bars, [f"{share:.1%}" for share in shares], padding=4)
    axis.set(xlabel="share of all pixels", xlim=(0, max(shares) * 1.15))
    axis.invert_yaxis()
    plt.close(figure)
    return figure


def plot_confusion(confusion, class_names: Sequence[str]) -> Figure:
    """Plot which classes are taken for which.

    Args:
        confusion: float [C, C], pixels or shares; row: true class, column: predicted class.
        class_names: the meaning of each class id.

    Returns:
        A Figure of a matrix, in percent of each true class's pixels. A class without true pixels
        has no percentages.

    Example:
        >>> plot_confusion(np.eye(2), ["a", "b"])
        <Figure size ...>
    """
    pixels = np.sum(confusion, axis=1, keepdims=True, dtype=float)
    shares = np.divide(confusion, pixels, out=np.zeros(np.shape(confusion)), where=pixels > 0)
    count = len(shares)
    figure, axis = plt.subplots(figsize=(1.6 + count, 1.1 + 0.9 * count), layout="constrained")
    axis.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    for (row, column), share in np.ndenumerate(shares):
        text = f"{share:.1%}" if pixels[row] > 0 else "\N{EN DASH}"
        colour = "white" if share > 0.5 else "black"
        axis.text(column, row, text, ha="center", va="center", color=colour)
    axis.set(xlabel="predicted class", ylabel="true class")
    axis.set_xticks(range(count), class_names)
    axis.set_yticks(range(count), class_names)
    plt.close(figure)
    return figure

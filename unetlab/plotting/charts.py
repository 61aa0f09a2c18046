"""Charts: curves of a training run, shares of the classes, and what was taken for what.

Taught in: notebooks/01_pets_segmentation.ipynb
"""

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from unetlab.arguments import is_number
from unetlab.checks import read_array
from unetlab.plotting.colours import check_names, choose_colours


def plot_history(history: Mapping) -> Figure:
    """Plot the losses and the other metrics of a training run, with their validation values.

    Args:
        history: values by epoch, by name, as `fit` returns them in `.history`.

    Returns:
        A Figure of two plots.

    Raises:
        ValueError: the history is empty or no such mapping.

    Example:
        >>> plot_history({"loss": [2.0, 1.0], "val_loss": [2.0, 1.5], "dice": [0.1, 0.2]})
        <Figure size ...>
    """
    check_history(history)
    figure, axes = plt.subplots(1, 2, figsize=(11, 3.6), layout="constrained")
    draw_curves(axes, history)
    plt.close(figure)
    return figure


def plot_class_shares(shares: Sequence[float], class_names: Sequence[str]) -> Figure:
    """Plot which share of all pixels each class holds.

    Args:
        shares: one number for each class, 0..1.
        class_names: the meaning of each class id.

    Returns:
        A Figure of bars.

    Raises:
        ValueError: there is not a share in 0..1 for each name, or they add up to more than 1.

    Example:
        >>> plot_class_shares([0.3, 0.7], ["a", "b"])
        <Figure size ...>
    """
    check_names(class_names)
    shares = read_array(shares, "list of shares")
    usable = shares.dtype.kind in "iuf" and shares.shape == (len(class_names),)
    if not usable or not ((shares >= 0) & (shares <= 1)).all():
        raise ValueError(
            f"the shares are {shares} for {len(class_names)} class names, expected a number in "
            "0..1 for each: divide counts by their sum."
        )
    # Shares may leave void out, and are rounded; more than all pixels there are not.
    if shares.sum() > 1.01:
        raise ValueError(
            f"the shares add up to {shares.sum():.3g}, expected at most 1: divide counts by their "
            "sum."
        )
    figure, axis = plt.subplots(figsize=(7, 0.5 + 0.45 * len(shares)), layout="constrained")
    bars = axis.barh(
        class_names, shares, color=choose_colours(len(shares)), edgecolor="black", linewidth=0.5
    )
    axis.bar_label(bars, [f"{share:.1%}" for share in shares], padding=4)
    axis.set(xlabel="share of all pixels", xlim=(0, max(shares.max() * 1.15, 0.01)))
    axis.invert_yaxis()
    plt.close(figure)
    return figure


def plot_confusion(confusion, class_names: Sequence[str]) -> Figure:
    """Plot which classes are taken for which.

    Args:
        confusion: float [C, C], pixels or shares; row: true class, column: predicted class.
        class_names: the meaning of each class id.

    Returns:
        A Figure of a matrix; each row adds up to 100% of the class's true pixels, and says so after
        rounding, too. A class without true pixels has no percentages.

    Raises:
        ValueError: the confusion is not [C, C] with C names, or holds anything but numbers >= 0.

    Example:
        >>> plot_confusion(np.eye(2), ["a", "b"])
        <Figure size ...>
    """
    check_names(class_names)
    confusion, count = read_array(confusion, "confusion"), len(class_names)
    if confusion.dtype.kind not in "iuf":
        raise ValueError(
            f"the confusion is {confusion.dtype} {confusion.shape}, expected numbers in "
            f"[{count}, {count}]: make it with confusion_matrices."
        )
    confusion = confusion.astype(float)
    usable = np.isfinite(confusion) & (confusion >= 0)
    if confusion.shape != (count, count) or not usable.all():
        lowest, highest = confusion.min(initial=np.inf), confusion.max(initial=-np.inf)
        raise ValueError(
            f"the confusion is {confusion.shape} with values from {lowest:g} to {highest:g}, "
            f"expected numbers >= 0 in [{count}, {count}], a row for each class name: add up the "
            "matrices of several images."
        )
    pixels = confusion.sum(axis=1, keepdims=True)
    shares = np.divide(confusion, pixels, out=np.zeros_like(confusion), where=pixels > 0)
    figure, axis = plt.subplots(
        figsize=(1.6 + len(shares), 1.1 + 0.9 * len(shares)), layout="constrained"
    )
    axis.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    for row, tenths in enumerate(map(_round_to_tenths, shares)):
        for column, tenth in enumerate(tenths):
            text = f"{tenth / 10:.1f}%" if pixels[row] > 0 else "\N{EN DASH}"
            colour = "white" if shares[row, column] > 0.5 else "black"
            axis.text(column, row, text, ha="center", va="center", color=colour)
    ids = range(len(shares))
    axis.set(xticks=ids, yticks=ids, xlabel="predicted class", ylabel="true class")
    axis.set_xticklabels(class_names)
    axis.set_yticklabels(class_names)
    plt.close(figure)
    return figure


def _round_to_tenths(shares: np.ndarray) -> np.ndarray:
    # The largest remainders are rounded up: each alone would let three thirds make 99.9%.
    exact = shares * 1000
    tenths = np.floor(exact).astype(int)
    left = round(exact.sum()) - tenths.sum()
    tenths[np.argsort(tenths - exact, kind="stable")[:left]] += 1
    return tenths


def check_history(history) -> None:
    """Raise unless this is a history: values by epoch, by name.

    Args:
        history: what was passed.

    Raises:
        ValueError: says what was found and what to do.

    Example:
        >>> check_history({"loss": [2.0, 1.0]})
    """
    if not isinstance(history, Mapping) or not history:
        raise ValueError(
            f"history is {history!r}, expected values by name and epoch: pass fit(...).history."
        )
    for name, values in history.items():
        several = isinstance(values, (list, tuple, np.ndarray)) and len(values)
        if not isinstance(name, str) or not several or not all(map(is_number, values)):
            raise ValueError(
                f"history holds {values!r} as {name!r}, expected a number for each epoch by the "
                "name of a metric: pass fit(...).history."
            )
        epochs = len(history.get(name.removeprefix("val_"), values))
        if len(values) != epochs:
            raise ValueError(
                f"history holds {len(values)} values of {name} and {epochs} without validation, "
                "expected as many: validate after each epoch, or plot what was not apart."
            )


def draw_curves(axes, history: Mapping) -> None:
    """Draw a history on two axes that are there: its losses on the first, all else on the second.

    Args:
        axes: two of Matplotlib's.
        history: as in `plot_history`.

    Example:
        >>> figure, axes = plt.subplots(2)
        >>> draw_curves(axes, {"loss": [2.0, 1.0], "dice": [0.1, 0.2]})
        >>> [len(axis.lines) for axis in axes]
        [1, 1]
        >>> plt.close(figure)
    """
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

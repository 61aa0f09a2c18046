"""Figures: photos with masks, curves, tables as pictures, and the network as a diagram.

Taught in: notebooks/01_pets_segmentation.ipynb
"""

from collections.abc import Mapping, Sequence

import keras
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


ENCODER_COLOUR, DECODER_COLOUR, SKIP_COLOUR = "#56B4E9", "#E69F00", "#888888"


def plot_unet(model: keras.Model) -> Figure:
    """Draw the feature maps of a U-Net as a U: each box says its sides and channels.

    Args:
        model: as from `build_unet`: with the encoder as a layer named "encoder".

    Returns:
        A Figure: the encoder's taps on the way down, the decoder's steps on the way up, and the
        skips between them.

    Raises:
        ValueError: the model has no layer named "encoder".

    Example:
        >>> from unetlab.unet import build_unet
        >>> plot_unet(build_unet("mobilenet_v2", image_size=64, weights=None))
        <Figure size ...>
    """
    if "encoder" not in [layer.name for layer in model.layers]:
        raise ValueError(
            f'the model {model.name!r} has no layer named "encoder"; pass one made by build_unet.'
        )
    down = [model.input_shape[1:], *(tap.shape[1:] for tap in model.get_layer("encoder").outputs)]
    up = _decoder_shapes(model)
    levels = sorted({shape[0] for shape in [*down, *up]}, reverse=True)
    figure, axis = plt.subplots(figsize=(9, 0.8 * len(levels) + 0.4), layout="constrained")
    for side, shapes, colour in ((-1, down, ENCODER_COLOUR), (1, up, DECODER_COLOUR)):
        _draw_side(axis, side, shapes, levels, colour)
    for level in sorted({shape[0] for shape in down[1:-1]} & {shape[0] for shape in up}):
        y = -levels.index(level)
        _draw_arrow(axis, (_x(-1, y, levels) + 0.75, y), (_x(1, y, levels) - 0.75, y), SKIP_COLOUR)
    axis.text(0, 0, "encoder  \N{RIGHTWARDS ARROW}  decoder", ha="center", va="center")
    axis.text(0, -0.85, "skip connections", ha="center", color="#555555", fontsize=9)
    axis.set(xlim=(-5.4, 5.4), ylim=(-len(levels) + 0.2, 0.6))
    axis.axis("off")
    plt.close(figure)
    return figure


def _decoder_shapes(model: keras.Model) -> list[tuple]:
    # The last layer at each size is what the decoder hands on from there.
    kinds = (keras.layers.ReLU, keras.layers.Concatenate)
    outputs = [layer.output for layer in model.layers if isinstance(layer, kinds)]
    last = {output.shape[1:3]: output.shape[1:] for output in [*outputs, *model.outputs]}
    coarsest = model.get_layer("encoder").outputs[-1].shape[1:3]
    return [shape for size, shape in sorted(last.items()) if size[0] > coarsest[0]]


def _x(side: int, y: float, levels: list) -> float:
    # Both sides lean towards the bottom, so that the U closes.
    return side * (1.6 + 2.6 * (len(levels) - 1 + y) / max(1, len(levels) - 1))


def _draw_side(axis, side, shapes, levels, colour) -> None:
    before = None
    for shape in shapes:
        y = -levels.index(shape[0])
        x = _x(side, y, levels)
        box = {"boxstyle": "round", "facecolor": colour, "edgecolor": "black", "linewidth": 0.6}
        text = f"{shape[0]} × {shape[1]} × {shape[2]}"
        axis.text(x, y, text, ha="center", va="center", bbox=box, fontsize=9)
        if before:
            _draw_arrow(axis, before, (x, y + 0.3 * (1 if side < 0 else -1)), "black")
        before = (x, y + 0.3 * (-1 if side < 0 else 1))
    if side < 0:
        first_up = (_x(1, -len(levels) + 2, levels), -len(levels) + 2 - 0.3)
        _draw_arrow(axis, (before[0] + 0.75, before[1] + 0.3), first_up, "black")


def _draw_arrow(axis, start, end, colour) -> None:
    arrow = {"arrowstyle": "->", "color": colour, "linewidth": 1.2}
    axis.annotate("", end, start, arrowprops=arrow)


def show_cut_outs(cut_outs: Sequence, background=(86, 124, 92), titles: Sequence = ()) -> Figure:
    """Show cut-outs on white and on a colour, which shows what white hides.

    Args:
        cut_outs: uint8 [H, W, 4] each, of any sizes.
        background: the colour (red, green, blue), 0..255.
        titles: one for each cut-out, or none.

    Returns:
        A Figure of a column for each cut-out.

    Example:
        >>> show_cut_outs([np.zeros([4, 4, 4], np.uint8)])
        <Figure size ...>
    """
    count = len(cut_outs)
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

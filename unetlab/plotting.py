"""Figures: photos with masks, curves, tables as pictures, and the network as a diagram.

Taught in: notebooks/01_pets_segmentation.ipynb
"""

from collections.abc import Mapping, Sequence

import keras
import matplotlib.pyplot as plt
import numpy as np
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator

from unetlab.arguments import check_count, check_functional, is_number
from unetlab.checks import check_colour, check_image, read_array

# Okabe and Ito, Color Universal Design, 2008: told apart with any kind of colour vision.
CLASS_COLOURS = ("#E69F00", "#0072B2", "#F0E442", "#009E73", "#CC79A7", "#56B4E9", "#D55E00")
VOID_COLOUR = "#BBBBBB"


def show_samples(images, masks, class_names: Sequence[str], titles: Sequence[str] = ()) -> Figure:
    """Show images above their masks.

    Args:
        images: uint8 or float [B, H, W, 3], 0..255, or a list of images of any sizes.
        masks: integer [B, H, W, 1], class ids from 0, or a list of masks.
        class_names: the meaning of each class id.
        titles: one for each image, or none.

    Returns:
        A Figure of a column for each image; ids without a name, such as a void 255, are grey.

    Raises:
        ValueError: images, masks, names or titles do not fit together, or are none.

    Example:
        >>> show_samples(np.zeros([2, 8, 8, 3]), np.zeros([2, 8, 8, 1], int), ["a", "b"])
        <Figure size ...>
    """
    return _show_rows(read_rows(images, class_names, titles, mask=masks), class_names, titles)


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
        A Figure of a column for each image; wrong pixels are red in its last row. Ids without a
        name, such as a void 255, are grey, and where the mask holds one, nothing is wrong.

    Raises:
        ValueError: as in `show_samples`.

    Example:
        >>> image, mask = np.zeros([1, 8, 8, 3]), np.zeros([1, 8, 8, 1], int)
        >>> show_predictions(image, mask, mask, ["a", "b"])
        <Figure size ...>
    """
    rows = read_rows(images, class_names, titles, mask=masks, predicted_mask=predicted_masks)
    pairs = zip(*rows.values(), strict=True)
    rows["wrong"] = [_paint_wrong(*parts, len(class_names)) for parts in pairs]
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

    Raises:
        ValueError: as in `show_samples` and `plot_history`.

    Example:
        >>> image, mask = np.zeros([1, 8, 8, 3]), np.zeros([1, 8, 8, 1], int)
        >>> show_progress({"loss": [2.0, 1.0]}, image, mask, mask, ["a", "b"])
        <Figure size ...>
    """
    rows = read_rows(images, class_names, (), mask=masks, predicted_mask=predicted_masks)
    _check_history(history)
    figure = plt.figure(figsize=(12, 5), layout="constrained")
    left, right = figure.subfigures(1, 2, width_ratios=(2, 3))
    _draw_curves(left.subplots(2, 1, sharex=True), history)
    axes = right.subplots(3, len(rows["image"]), squeeze=False)
    _draw_rows(axes, rows, class_names, ())
    plt.close(figure)
    return figure


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
    _check_history(history)
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

    Raises:
        ValueError: there is not a share in 0..1 for each name.

    Example:
        >>> plot_class_shares([0.3, 0.7], ["a", "b"])
        <Figure size ...>
    """
    _check_names(class_names)
    shares = read_array(shares, "list of shares")
    usable = shares.dtype.kind in "iuf" and shares.shape == (len(class_names),)
    if not usable or not ((shares >= 0) & (shares <= 1)).all():
        raise ValueError(
            f"the shares are {shares} for {len(class_names)} class names, expected a number in "
            "0..1 for each: divide counts by their sum."
        )
    figure, axis = plt.subplots(figsize=(7, 0.5 + 0.45 * len(shares)), layout="constrained")
    bars = axis.barh(
        class_names, shares, color=_colours(len(shares)), edgecolor="black", linewidth=0.5
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
    _check_names(class_names)
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


def _check_names(class_names) -> None:
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


def _check_titles(titles) -> None:
    if not isinstance(titles, (list, tuple, np.ndarray)):
        raise ValueError(
            f"titles is {titles!r}, expected a list of texts, one for each picture: pass () for "
            "none."
        )


def _check_history(history) -> None:
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


def read_rows(images, class_names, titles, **masks) -> dict[str, list]:
    """Read what a figure shows, row by row, or raise if it does not fit together.

    Args:
        images: as in `show_samples`.
        class_names: as in `show_samples`.
        titles: as in `show_samples`.
        **masks: masks by the name of their row.

    Returns:
        Lists by name: "image", and the masks as integers [H, W] by theirs.

    Raises:
        ValueError: as in `show_samples`.

    Example:
        >>> rows = read_rows(np.zeros([2, 8, 8, 3]), ["a"], (), mask=np.zeros([2, 8, 8, 1], int))
        >>> len(rows["image"]), rows["mask"][0].shape
        (2, (8, 8))
    """
    _check_names(class_names)
    _check_titles(titles)
    if len(getattr(images, "shape", ())) == 3:
        raise ValueError(
            f"images is one image {tuple(images.shape)}, expected several, [B, H, W, 3]: pass "
            "image[None], and its masks likewise."
        )
    for name, part in {"image": images, **masks}.items():
        if not hasattr(part, "__getitem__") or isinstance(part, (str, Mapping)):
            raise ValueError(
                f"the {name}s are a {type(part).__name__}, expected a batch or a list of them: "
                "take one batch out of a data set."
            )
    rows = {"image": [check_image(image) for image in images]}
    count = len(rows["image"])
    if not count:
        raise ValueError("there are no images, expected one or more: look at what was selected.")
    for name, part in {**masks, "title": titles}.items():
        if len(part) != count and not (name == "title" and not len(part)):
            raise ValueError(f"there are {count} images, but {len(part)} {name}s: pass as many.")
    for name, part in masks.items():
        pairs = zip(part, rows["image"], strict=True)
        rows[name] = [_read_mask(mask, image, name) for mask, image in pairs]
    return rows


def _read_mask(mask, image, name: str) -> np.ndarray:
    mask = read_array(mask, name)
    flat = mask[..., 0] if mask.ndim == 3 and mask.shape[2] == 1 else mask
    if flat.dtype.kind not in "bui" or flat.shape != image.shape[:2]:
        raise ValueError(
            f"the {name} is {mask.dtype} {mask.shape} and its image {image.shape}, expected class "
            "ids, integer or bool, [H, W, 1] or [H, W] of the image's size: turn logits into ids "
            "with class_ids."
        )
    return flat.astype(int)


def _show_rows(rows: Mapping, class_names, titles) -> Figure:
    columns = len(rows["image"])
    # Rows as high as the highest image needs: wide photos would stand far apart in squares.
    shapes = [np.shape(image) for image in rows["image"]]
    height = 2.2 * max(shape[0] / shape[1] for shape in shapes)
    figure, axes = plt.subplots(
        len(rows),
        columns,
        figsize=(2.2 * columns, height * len(rows) + (0.6 if len(titles) else 0.4)),
        squeeze=False,
        layout="constrained",
    )
    _draw_rows(axes, rows, class_names, titles)
    plt.close(figure)
    return figure


def _draw_rows(axes, rows: Mapping, class_names, titles) -> None:
    colours = [*_colours(len(class_names)), VOID_COLOUR]
    palette = np.uint8([np.multiply(to_rgb(colour), 255) for colour in colours])
    nameless = set()
    for (name, pictures), line in zip(rows.items(), axes, strict=True):
        for axis, picture in zip(line, pictures, strict=True):
            if "mask" in name:
                named = _has_name(picture, len(class_names))
                nameless.update(np.unique(picture[~named]).tolist())
                axis.imshow(palette[np.where(named, picture, -1)], interpolation="nearest")
            else:
                axis.imshow(np.uint8(np.clip(picture, 0, 255)))
            axis.set(xticks=[], yticks=[])
        line[0].set_ylabel(name)
    for axis, title in zip(axes[0], titles, strict=False):
        axis.set_title(title, fontsize=9)
    _draw_legend(axes[0][0].figure, colours, class_names, sorted(nameless))


def _draw_legend(figure, colours, class_names, nameless: list[int]) -> None:
    labels = [*class_names]
    if nameless:
        ends = f"{nameless[0]} to {nameless[-1]}"
        labels.append(f"no class: {ends if len(nameless) > 3 else str(nameless)[1:-1]}")
    handles = [
        Patch(facecolor=colour, edgecolor="black", linewidth=0.5, label=label)
        for colour, label in zip(colours, labels, strict=False)
    ]
    columns = min(len(handles), len(CLASS_COLOURS))
    figure.legend(handles=handles, loc="outside lower center", ncols=columns, frameon=False)


def _has_name(mask: np.ndarray, count: int) -> np.ndarray:
    return (mask >= 0) & (mask < count)


def _paint_wrong(image, mask, predicted_mask, count: int):
    grey = np.asarray(image, float).mean(axis=-1, keepdims=True).repeat(3, axis=-1)
    wrong = (mask != predicted_mask) & _has_name(mask, count)
    return np.where(wrong[..., None], (230, 30, 30), grey)


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


def _colours(count: int) -> Sequence:
    if count <= len(CLASS_COLOURS):
        return CLASS_COLOURS[:count]
    return plt.get_cmap("turbo")(np.linspace(0, 1, count))


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
    check_functional(model)
    found = [layer for layer in model.layers if layer.name == "encoder"]
    if not found or not getattr(found[0], "outputs", None):
        raise ValueError(
            f'the model {model.name!r} has no layer named "encoder" that is a model; pass one made '
            "by build_unet."
        )
    # From fine to coarse, each size once: the article's encoder has two taps of some.
    taps = {tap.shape[1:3]: tap.shape[1:] for tap in found[0].outputs}
    down = [model.input_shape[1:], *sorted(taps.values(), reverse=True)]
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
    coarsest = min(tap.shape[1] for tap in model.get_layer("encoder").outputs)
    return [shape for size, shape in sorted(last.items()) if size[0] > coarsest]


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

    Raises:
        ValueError: there are none, one is not uint8 [H, W, 4], or titles are too few or too many.

    Example:
        >>> show_cut_outs([np.zeros([4, 4, 4], np.uint8)])
        <Figure size ...>
    """
    if not hasattr(cut_outs, "__getitem__"):
        raise ValueError(f"cut_outs is {cut_outs!r}, expected a list of them: pass [cut_out].")
    _check_titles(titles)
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

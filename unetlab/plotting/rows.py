"""Rows of images and masks: photos with masks, with predictions, and what is wrong in these."""

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from unetlab.checks import check_image
from unetlab.plotting.pictures import fold_title

# Okabe and Ito, Color Universal Design, 2008: told apart with any kind of colour vision.
CLASS_COLOURS = {"background": "#0072B2", "border": "#F0E442"}
SUBJECT_COLOURS = ("#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00")
VOID_COLOUR = "#BBBBBB"


def choose_colours(class_names: Sequence[str]) -> list:
    """Choose a colour for each class: blue for background, yellow for border, orange for a subject.

    So a colour means the same in every figure, whatever a data set's ids are. Where there are more
    subjects than colours that everyone tells apart, all classes are hues in a row.
    """
    subjects = [name for name in class_names if name not in CLASS_COLOURS]
    if len(subjects) > len(SUBJECT_COLOURS):
        return list(plt.get_cmap("turbo")(np.linspace(0, 1, len(class_names))))
    colours = {**CLASS_COLOURS, **dict(zip(subjects, SUBJECT_COLOURS, strict=False))}
    return [colours[name] for name in class_names]


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
        ValueError: an image is none, or a mask not of its size.

    Example:
        >>> show_samples(np.zeros([2, 8, 8, 3]), np.zeros([2, 8, 8, 1], int), ["a", "b"])
        <Figure size ...>
    """
    return _show_rows(read_rows(images, mask=masks), class_names, titles)


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
    rows = read_rows(images, mask=masks, predicted_mask=predicted_masks)
    columns = zip(*rows.values(), strict=True)
    rows["wrong"] = [_paint_wrong(*column, len(class_names)) for column in columns]
    return _show_rows(rows, class_names, titles)


def read_rows(images, **masks) -> dict[str, list]:
    """Read what a figure shows: lists of images and of masks [H, W], by the names of their rows."""
    rows = {"image": [check_image(image) for image in images]}
    for name, part in masks.items():
        pairs = zip(part, rows["image"], strict=True)
        rows[name] = [_read_mask(mask, image, name) for mask, image in pairs]
    return rows


def _read_mask(mask, image, name: str) -> np.ndarray:
    mask = np.asarray(mask)
    if mask.dtype.kind not in "bui" or mask.shape not in (image.shape[:2], (*image.shape[:2], 1)):
        raise ValueError(
            f"the {name} is {mask.dtype} {mask.shape} and its image {image.shape}, expected class "
            "ids, integer or bool, [H, W, 1] or [H, W] of the image's size: turn logits into ids "
            "with class_ids."
        )
    return mask.reshape(image.shape[:2]).astype(int)


def _show_rows(rows: Mapping, class_names, titles) -> Figure:
    columns = len(rows["image"])
    # Rows as high as the highest image needs: wide photos would stand far apart in squares.
    height = 2.2 * max(image.shape[0] / image.shape[1] for image in rows["image"])
    figure, axes = plt.subplots(
        len(rows),
        columns,
        figsize=(2.2 * columns, height * len(rows) + (0.6 if len(titles) else 0.4)),
        squeeze=False,
        layout="constrained",
    )
    for axis, title in zip(axes[0], titles, strict=False):
        axis.set_title(fold_title(title, 24), fontsize=9)
    draw_rows(axes, rows, class_names)
    plt.close(figure)
    return figure


def draw_rows(axes, rows: Mapping, class_names) -> None:
    """Draw rows, as from `read_rows`, on axes that are there, with a legend of the classes."""
    colours = [*choose_colours(class_names), VOID_COLOUR]
    palette = np.uint8([np.multiply(to_rgb(colour), 255) for colour in colours])
    nameless = set()
    for (name, pictures), line in zip(rows.items(), axes, strict=True):
        for axis, picture in zip(line, pictures, strict=True):
            if "mask" in name:
                named = _has_name(picture, len(class_names))
                nameless.update(np.unique(picture[~named]).tolist())
                axis.imshow(
                    palette[np.where(named, picture, len(class_names))], interpolation="nearest"
                )
            else:
                axis.imshow(np.uint8(np.clip(picture, 0, 255)))
            axis.set(xticks=[], yticks=[])
        line[0].set_ylabel(name)
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
    columns = min(len(handles), 7)
    figure.legend(handles=handles, loc="outside lower center", ncols=columns, frameon=False)


def _has_name(mask: np.ndarray, count: int) -> np.ndarray:
    return (mask >= 0) & (mask < count)


def _paint_wrong(image, mask, predicted_mask, count: int):
    grey = np.asarray(image, float).mean(axis=-1, keepdims=True).repeat(3, axis=-1)
    wrong = (mask != predicted_mask) & _has_name(mask, count)
    return np.where(wrong[..., None], (230, 30, 30), grey)

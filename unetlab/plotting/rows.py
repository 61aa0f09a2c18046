"""Rows of images and masks: photos with their masks, with predictions, and what is wrong in these.

Taught in: notebooks/01_pets_segmentation.ipynb
"""

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from unetlab.checks import check_image, read_array
from unetlab.plotting.colours import CLASS_COLOURS, VOID_COLOUR, check_names, choose_colours


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
    check_names(class_names)
    check_titles(titles)
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


def check_titles(titles) -> None:
    """Raise unless these are titles, or none.

    Args:
        titles: what was passed.

    Raises:
        ValueError: says what was found and what to do.

    Example:
        >>> check_titles(())
    """
    if not isinstance(titles, (list, tuple, np.ndarray)):
        raise ValueError(
            f"titles is {titles!r}, expected a list of texts, one for each picture: pass () for "
            "none."
        )


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
    draw_rows(axes, rows, class_names, titles)
    plt.close(figure)
    return figure


def draw_rows(axes, rows: Mapping, class_names, titles) -> None:
    """Draw rows of images and masks on axes that are there, with a legend of the classes.

    Args:
        axes: Matplotlib's, one for each picture, row by row.
        rows: as from `read_rows`.
        class_names: as in `show_samples`.
        titles: as in `show_samples`.

    Example:
        >>> rows = read_rows([np.zeros([8, 8, 3])], ["a"], (), mask=[np.zeros([8, 8], int)])
        >>> figure, axes = plt.subplots(2, 1, squeeze=False)
        >>> draw_rows(axes, rows, ["a"], ())
        >>> axes[1, 0].images[0].get_array().shape
        (8, 8, 3)
        >>> plt.close(figure)
    """
    colours = [*choose_colours(len(class_names)), VOID_COLOUR]
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

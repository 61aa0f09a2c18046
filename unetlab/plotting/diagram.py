"""The network as a diagram: its feature maps as a U.

Taught in: notebooks/01_pets_segmentation.ipynb
"""

import keras
import matplotlib.pyplot as plt
from matplotlib.figure import Figure

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
    # From fine to coarse, each size once: the article's encoder has two taps of some.
    taps = {tap.shape[1:3]: tap.shape[1:] for tap in model.get_layer("encoder").outputs}
    down = [model.input_shape[1:], *sorted(taps.values(), reverse=True)]
    up = _decoder_shapes(model, coarsest=down[-1][0])
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


def _decoder_shapes(model: keras.Model, coarsest: int) -> list[tuple]:
    # The last layer at each size is what the decoder hands on from there.
    kinds = (keras.layers.ReLU, keras.layers.Concatenate)
    outputs = [layer.output for layer in model.layers if isinstance(layer, kinds)]
    last = {output.shape[1:3]: output.shape[1:] for output in [*outputs, *model.outputs]}
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

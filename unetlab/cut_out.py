"""Cut-outs: the subject alone, at the photo's own size, without the old background in its edge.

Taught in: notebooks/03_chair_extraction.ipynb
"""

from collections.abc import Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure

from unetlab.edges import check_alpha
from unetlab.foreground import estimate_foreground
from unetlab.prediction import check_image


def cut_out(image, alpha) -> np.ndarray:
    """Cut the subject out: its own colours, and transparency where it is not.

    Args:
        image: uint8 [H, W, 3], 0..255.
        alpha: share of the subject in each pixel, float [H, W, 1] in 0..1, or a mask of 0 and 1.

    Returns:
        uint8 [H, W, 4], red, green, blue and alpha, 0..255; save it with
        `Image.fromarray(...).save("name.png")`.

    Raises:
        ValueError: the image or the alpha is not as above.

    Example:
        >>> image, mask = np.full([2, 3, 3], 90, np.uint8), np.array([[0, 1, 1], [0, 1, 1]])
        >>> cut_out(image, mask)[0].tolist()
        [[90, 90, 90, 0], [90, 90, 90, 255], [90, 90, 90, 255]]

    Taught in: notebooks/03_chair_extraction.ipynb
    """
    image = check_image(image)
    alpha = check_alpha(alpha, image)
    colours = estimate_foreground(image, alpha)
    return np.dstack([colours, np.uint8(np.round(alpha * 255))])


def put_on(cut_outs, background) -> np.ndarray:
    """Lay a cut-out over a colour or an image.

    Args:
        cut_outs: uint8 [H, W, 4], as from `cut_out`.
        background: a colour (red, green, blue), 0..255, or an image [H, W, 3].

    Returns:
        uint8 [H, W, 3].

    Example:
        >>> put_on(np.uint8([[[10, 20, 30, 255], [0, 0, 0, 0]]]), (255, 255, 255)).tolist()
        [[[10, 20, 30], [255, 255, 255]]]

    Source: Porter and Duff, Compositing Digital Images, 1984, the operator "over".

    Taught in: notebooks/03_chair_extraction.ipynb
    """
    colours, alpha = np.float32(cut_outs[..., :3]), np.float32(cut_outs[..., 3:]) / 255
    return np.uint8(np.round(alpha * colours + (1 - alpha) * np.float32(background)))


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

    Taught in: notebooks/03_chair_extraction.ipynb
    """
    count = len(cut_outs)
    figure, axes = plt.subplots(
        2, count, figsize=(2.2 * count, 4.6), squeeze=False, layout="constrained"
    )
    for row, colour in zip(axes, ((255, 255, 255), background), strict=True):
        for axis, one in zip(row, cut_outs, strict=True):
            axis.imshow(put_on(one, colour))
            axis.set(xticks=[], yticks=[])
    for axis, title in zip(axes[0], titles, strict=False):
        axis.set_title(title, fontsize=9)
    plt.close(figure)
    return figure

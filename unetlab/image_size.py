"""The one way in which sizes are given: a number for a square, or (height, width).

Taught in: notebooks/01_pets_segmentation.ipynb
"""

from operator import index


def height_and_width(image_size: int | tuple[int, int], smallest: int = 1) -> tuple[int, int]:
    """Read an image size.

    Args:
        image_size: height and width in pixels, or one number for both.
        smallest: fewest pixels that a side may have.

    Returns:
        Height and width in pixels.

    Raises:
        ValueError: it is neither, or a side is too small.

    Example:
        >>> height_and_width(128), height_and_width((96, 128))
        ((128, 128), (96, 128))

    Taught in: notebooks/01_pets_segmentation.ipynb
    """
    try:
        height, width = image_size if isinstance(image_size, (tuple, list)) else (image_size,) * 2
        height, width = index(height), index(width)
    except (TypeError, ValueError):
        height = width = 0
    if min(height, width) < smallest:
        raise ValueError(
            f"image_size is {image_size!r}, expected a whole number >= {smallest} or (height, "
            "width): give pixels."
        )
    return height, width

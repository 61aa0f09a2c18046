"""Cleaning a predicted mask: one part, no holes.

Taught in: notebooks/03_chair_extraction.ipynb
"""

import numpy as np
from scipy.ndimage import binary_fill_holes
from skimage.measure import label


def clean_mask(mask) -> np.ndarray:
    """Keep the largest connected part of a mask, and fill its holes.

    Args:
        mask: bool or integer [H, W, 1], 1 where the subject is.

    Returns:
        mask: uint8 [H, W, 1].

    Raises:
        ValueError: the mask has another shape or type.

    Example:
        >>> mask = np.array([[1, 1, 1, 0, 1], [1, 0, 1, 0, 0], [1, 1, 1, 0, 0]])[..., None]
        >>> clean_mask(mask)[..., 0].tolist()
        [[1, 1, 1, 0, 0], [1, 1, 1, 0, 0], [1, 1, 1, 0, 0]]

    Taught in: notebooks/03_chair_extraction.ipynb
    """
    mask = np.asarray(mask)
    if mask.ndim != 3 or mask.shape[2] != 1 or mask.dtype.kind not in "bui":
        raise ValueError(
            f"the mask is {mask.dtype} {mask.shape}, expected bool or integer [H, W, 1]: compare "
            "logits with 0 first."
        )
    parts = label(mask[..., 0] != 0)
    if not parts.any():
        return np.zeros_like(mask, np.uint8)
    largest = np.bincount(parts.ravel())[1:].argmax() + 1
    return np.uint8(binary_fill_holes(parts == largest))[..., None]

"""Run lengths: a mask as the short text that Kaggle's Carvana challenge asks for, and back."""

import numpy as np

from unetlab.checks import check_binary_mask


def encode_run_length(mask) -> str:
    """Turn a mask into run lengths: the start and the length of each run of ones.

    Pixels are numbered from 1, row by row: left to right, then top to bottom. Challenges on Kaggle
    differ in this; Carvana's own masks in `train_masks.csv` settle it. The first one there begins
    "879386 40 881253 141 883140 205": counted in rows of 1918 pixels, these are three rows of a
    roof, one beneath the other, each in the middle of the photo; counted in columns they are
    nothing. Where a challenge counts in columns, encode `np.swapaxes(mask, 0, 1)`.

    Args:
        mask: bool or integer [H, W] or [H, W, 1], values 0 and 1.

    Returns:
        "start length start length ..." in rising order; "" for a mask without ones.

    Raises:
        ValueError: the mask has another shape or type, or values other than 0 and 1.

    Example:
        >>> encode_run_length(np.array([[1, 1, 0], [0, 0, 1]]))
        '1 2 6 1'

    Source: the format of `train_masks.csv` and `sample_submission.csv`,
    https://www.kaggle.com/c/carvana-image-masking-challenge.
    """
    pixels = check_binary_mask(mask).reshape(-1)
    # A pixel unlike the one before it begins a run of ones or ends one. Outside the mask there are
    # zeros: a run may begin at the first pixel, end at the last.
    changes = np.flatnonzero(pixels[1:] != pixels[:-1]) + 1
    first, last = [0] * int(pixels[0]), [pixels.size] * int(pixels[-1])
    runs = np.concatenate([first, changes, last]).astype(np.int64).reshape(-1, 2)
    runs[:, 1] -= runs[:, 0]
    runs[:, 0] += 1
    return " ".join(map(str, runs.reshape(-1).tolist()))


def decode_run_length(text: str, height: int, width: int) -> np.ndarray:
    """Turn run lengths back into a mask.

    Args:
        text: "start length start length ...", as from `encode_run_length`.
        height: height of the mask in pixels.
        width: width of the mask in pixels.

    Returns:
        mask: uint8 [height, width, 1], values 0 and 1.

    Raises:
        ValueError: the text is not such pairs, as many as fit into the mask, in rising order.

    Example:
        >>> decode_run_length("1 2 6 1", height=2, width=3)[..., 0].tolist()
        [[1, 1, 0], [0, 0, 1]]

    Source: as in `encode_run_length`.
    """
    starts, lengths = np.array(text.split(), np.int64).reshape(-1, 2).T
    borders = np.stack([starts - 1, starts - 1 + lengths], axis=1).reshape(-1)
    # Lengths of zeros and ones in turn, from the first pixel to the last; NumPy repeats nothing
    # less than no times, as a run outside the mask or before the one in front would ask.
    lengths = np.diff(borders, prepend=0, append=height * width)
    values = np.arange(len(lengths), dtype=np.uint8) % 2
    return np.repeat(values, lengths).reshape(height, width, 1)

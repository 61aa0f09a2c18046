"""Run lengths: a mask as the short text that Kaggle's Carvana challenge asks for, and back.

Taught in: notebooks/02_carvana_masking.ipynb
"""

import numpy as np

from unetlab.arguments import check_count
from unetlab.checks import check_binary_mask


def encode_run_length(mask) -> str:
    """Turn a mask into run lengths: the start and the length of each run of ones.

    Pixels are numbered from 1, row by row: left to right, then top to bottom. Challenges on Kaggle
    differ in this; Carvana's own masks in `train_masks.csv` settle it. The first one there begins
    "879386 40 881253 141 883140 205": counted in rows of 1918 pixels, these are three rows of a
    roof, one beneath the other, each in the middle of the photo; counted in columns they are
    nothing. The solution in first place counts in rows as well. Where a challenge counts in
    columns, top to bottom, then left to right, encode `np.swapaxes(mask, 0, 1)`.

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
    https://www.kaggle.com/c/carvana-image-masking-challenge; the order also in `rle_encode`, file
    `asanakoy/data_utils.py` of https://github.com/asanakoy/kaggle_carvana_segmentation.
    """
    pixels = check_binary_mask(mask).reshape(-1)
    if not pixels.size:
        return ""
    # A pixel unlike the one before it begins a run of ones or ends one.
    changes = np.flatnonzero(pixels[1:] != pixels[:-1]) + 1
    # Outside the mask there are zeros: a run may begin at the first pixel, end at the last.
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
        ValueError: the text is not such pairs of whole numbers, or a run is empty, lies outside the
            mask, or begins before the end of the run in front of it.

    Example:
        >>> decode_run_length("1 2 6 1", height=2, width=3)[..., 0].tolist()
        [[1, 1, 0], [0, 0, 1]]

    Source: as in `encode_run_length`.
    """
    height, width = check_count("height", height, 0), check_count("width", width, 0)
    starts, ends = _read_runs(text, height, width)
    # Lengths of zeros and ones in turn, from the first pixel to the last.
    borders = np.stack([starts, ends], axis=1).reshape(-1)
    lengths = np.diff(borders, prepend=0, append=height * width)
    values = np.arange(len(lengths), dtype=np.uint8) % 2
    return np.repeat(values, lengths).reshape(height, width, 1)


def _read_runs(text: str, height: int, width: int) -> tuple[np.ndarray, np.ndarray]:
    try:
        numbers = np.array(text.split(), dtype=np.int64)
    except (AttributeError, ValueError, OverflowError) as error:
        raise ValueError(
            f"the run lengths are {_shorten(text)}, expected whole numbers with spaces between "
            'them: write an empty mask as "".'
        ) from error
    if len(numbers) % 2:
        raise ValueError(
            f"the run lengths are {len(numbers)} numbers ({_shorten(text)}), expected pairs of a "
            "start and a length: see whether the text was cut short."
        )
    starts, lengths = numbers[0::2] - 1, numbers[1::2]
    outside = (starts < 0) | (lengths < 1) | (lengths > height * width - starts)
    overlapping = np.zeros_like(outside)
    overlapping[1:] = starts[1:] < (starts + lengths)[:-1]
    for bad, expected in (
        (outside, f"a length of 1 or more within pixels 1 to {height * width}: check the size"),
        (overlapping, "a start after the end of the run before: sort the runs, and join them"),
    ):
        if bad.any():
            run = f'"{starts[bad][0] + 1} {lengths[bad][0]}"'
            raise ValueError(f"run {bad.argmax() + 1} is {run}, expected {expected}.")
    return starts, starts + lengths


def _shorten(text) -> str:
    text = repr(text)
    return text if len(text) <= 40 else f"{text[:20]}...{text[-17:]}"

"""The threshold between background and subject: its Dice, at many values at once.

Taught in: notebooks/02_carvana_masking.ipynb
"""

import numpy as np


def dice_by_threshold(logits, mask, thresholds) -> np.ndarray:
    """Score one photo's Dice at every threshold, in one pass over its pixels.

    Args:
        logits: float [H, W, 1], positive where the subject is likelier than not.
        mask: bool or integer [H, W, 1], 1 where the subject is.
        thresholds: probabilities [T] in rising order, each more than 0 and less than 1: a pixel is
            subject where its probability is larger.

    Returns:
        float64 [T]: Dice at each threshold; 1 where neither mask nor prediction has a subject.

    Raises:
        ValueError: the shapes differ, or the thresholds are out of range or order.

    Example:
        >>> logits, mask = np.array([[[-2.0], [1.0], [3.0]]]), np.array([[[0], [0], [1]]])
        >>> dice_by_threshold(logits, mask, [0.1, 0.5, 0.9]).round(2).tolist()
        [0.5, 0.67, 1.0]

    Taught in: notebooks/02_carvana_masking.ipynb
    """
    logits, mask = np.asarray(logits, float), np.asarray(mask)
    thresholds = np.asarray(thresholds, float)
    if logits.shape != mask.shape or logits.shape[-1:] != (1,):
        raise ValueError(
            f"the logits are {logits.shape} and the mask is {mask.shape}, expected [H, W, 1] for "
            "both: predict at the photo's own size, with one logit a pixel."
        )
    if (
        thresholds.ndim != 1
        or not ((thresholds > 0) & (thresholds < 1)).all()
        or (np.diff(thresholds) <= 0).any()
    ):
        raise ValueError(
            f"the thresholds are {thresholds}, expected probabilities between 0 and 1 in rising "
            "order: try np.linspace(0.05, 0.95, 19)."
        )
    # How many thresholds a pixel's probability lies above; comparing logits spares the sigmoid.
    above = np.searchsorted(np.log(thresholds / (1 - thresholds)), logits.ravel())
    bins = len(thresholds) + 1
    counts = np.bincount(above + bins * (mask.ravel() != 0), minlength=2 * bins).reshape(2, bins)
    # From the top: how many pixels of background and subject lie above each threshold.
    false_hits, hits = counts[:, ::-1].cumsum(axis=1)[:, ::-1][:, 1:]
    predicted_and_true = hits + false_hits + counts[1].sum()
    return np.where(predicted_and_true == 0, 1.0, 2 * hits / np.maximum(predicted_and_true, 1))

"""Scores of one photo, in NumPy: Dice, its outline's Dice, and Dice at many thresholds."""

import cv2
import numpy as np

from unetlab.checks import check_binary_mask, check_logits, check_thresholds, share_to_pixels


def dice(mask, predicted_mask) -> float:
    """Score one photo's Dice: twice the pixels in common over the pixels in mask plus prediction.

    Two empty masks agree: 1.

    Args:
        mask: bool or integer [H, W, 1] or [H, W], 1 where the subject is.
        predicted_mask: as `mask`.

    Returns:
        Dice, 0..1.

    Raises:
        ValueError: the masks differ in size or hold other values than 0 and 1.

    Example:
        >>> dice(np.array([[1, 1, 0, 0]]), np.array([[1, 0, 0, 0]])), dice([[0]], [[0]])
        (0.6666666666666666, 1.0)

    Source: see `dice_per_class`.
    """
    return _dice(*_read_pair(mask, predicted_mask))


def score_boundary(mask, predicted_mask, width: float = 0.02) -> float:
    """Score a subject's outline: Dice of the bands along the inside of both outlines.

    Two empty masks agree: 1.

    Args:
        mask: bool or integer [H, W, 1] or [H, W], 1 where the subject is.
        predicted_mask: as `mask`.
        width: width of the bands as a share of the image's diagonal, 0..1; never thinner than 1
            pixel. The paper's 0.02 suits masks drawn by hand; 0.005 asks for more.

    Returns:
        Boundary Dice, 0..1.

    Raises:
        ValueError: the masks differ in shape or hold other values than 0 and 1, or the width is
            no share.

    Example:
        >>> mask = np.zeros([20, 20, 1], np.uint8)
        >>> mask[5:15, 5:15] = 1
        >>> shifted = np.roll(mask, 1, axis=1)
        >>> score_boundary(mask, shifted), score_boundary(mask, mask)
        (0.5, 1.0)

    Source: Cheng et al., Boundary IoU, CVPR 2021, section 4, with Dice for IoU; distances between
    pixels are counted as there, a diagonal step as one.
    """
    mask, predicted_mask = _read_pair(mask, predicted_mask)
    pixels = max(1, round(share_to_pixels("width", width, mask)))
    return _dice(_inner_band(mask, pixels), _inner_band(predicted_mask, pixels))


def _read_pair(mask, predicted_mask) -> tuple[np.ndarray, np.ndarray]:
    mask = check_binary_mask(mask)
    predicted_mask = check_binary_mask(predicted_mask, "predicted mask")
    if mask.shape != predicted_mask.shape:
        raise ValueError(
            f"the mask is {mask.shape} and the predicted mask {predicted_mask.shape}, expected one "
            "size: predict at the photo's own size."
        )
    return mask, predicted_mask


def _dice(region, predicted_region) -> float:
    both = np.count_nonzero(region & predicted_region)
    total = np.count_nonzero(region) + np.count_nonzero(predicted_region)
    return float(2 * both / total) if total else 1.0


def _inner_band(mask: np.ndarray, pixels: int) -> np.ndarray:
    # Beyond the photo's border is background: a car cut off by the frame has an outline there.
    framed = cv2.copyMakeBorder(mask, 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=0)
    distance = cv2.distanceTransform(framed, cv2.DIST_C, 3)[1:-1, 1:-1]
    return (distance > 0) & (distance <= pixels)


def dice_by_threshold(mask, logits, thresholds) -> np.ndarray:
    """Score one photo's Dice at every threshold, in one pass over its pixels.

    Args:
        mask: bool or integer [H, W, 1] or [H, W], 1 where the subject is.
        logits: float [H, W, 1], positive where the subject is likelier than not.
        thresholds: probabilities [T] in rising order, each more than 0 and less than 1: a pixel is
            subject where its probability is larger.

    Returns:
        float64 [T]: Dice at each threshold; 1 where neither mask nor prediction has a subject.

    Raises:
        ValueError: the mask holds other values than 0 and 1 or the logits NaN, they are not of one
            size, or the thresholds are no probabilities in rising order.

    Example:
        >>> mask, logits = np.array([[[0], [0], [1]]]), np.array([[[-2.0], [1.0], [3.0]]])
        >>> dice_by_threshold(mask, logits, [0.1, 0.5, 0.9]).round(2).tolist()
        [0.5, 0.67, 1.0]
    """
    mask, logits = check_binary_mask(mask), check_logits(logits)
    if logits.shape != (*mask.shape, 1):
        raise ValueError(
            f"the logits are {logits.shape} and the mask {mask.shape}, expected [H, W, 1] of one "
            "size: predict at the photo's own size, for two classes."
        )
    # How many thresholds a pixel's probability lies above; comparing logits spares the sigmoid.
    thresholds = check_thresholds(thresholds)
    above = np.searchsorted(np.log(thresholds / (1 - thresholds)), logits.ravel())
    bins = len(thresholds) + 1
    counts = np.bincount(above + bins * (mask.ravel()), minlength=2 * bins).reshape(2, bins)
    # From the top: how many pixels of background and subject lie above each threshold.
    false_hits, hits = counts[:, ::-1].cumsum(axis=1)[:, ::-1][:, 1:]
    predicted_and_true = hits + false_hits + counts[1].sum()
    return np.where(predicted_and_true == 0, 1.0, 2 * hits / np.maximum(predicted_and_true, 1))

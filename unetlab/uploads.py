"""Photos handed over as bytes, as an upload widget does: upright, not too large, or refused.

Taught in: notebooks/04_photoshop.ipynb
"""

import io
import warnings
from contextlib import contextmanager

import numpy as np
from PIL import Image, ImageOps

from unetlab.files import to_rgb

SMALLEST = 16  # Pixels of a side.
MOST_PIXELS = 12_000_000  # What a phone takes; more would only be slow.
FAR_TOO_MANY = 200_000_000


def read_upload(content: bytes, name: str) -> tuple[np.ndarray, str]:
    """Read a photo from its bytes, whatever its format, upright and in RGB.

    A photo of more than 12 megapixels is made smaller; a JPEG is then decoded smaller at once.

    Args:
        content: the file's bytes.
        name: the file's name, for the messages.

    Returns:
        image uint8 [H, W, 3] in 0..255, and a sentence for the person who sent it, or "".

    Raises:
        ValueError: the bytes are no image, cut short, far too large, or smaller than 16 pixels.

    Example:
        >>> buffer = io.BytesIO()
        >>> Image.new("RGB", (30, 20)).save(buffer, "PNG")
        >>> image, note = read_upload(buffer.getvalue(), "black.png")
        >>> image.shape, note
        ((20, 30, 3), '')

    Taught in: notebooks/04_photoshop.ipynb
    """
    with _said_in_words(content, name), warnings.catch_warnings():
        # Large photos are expected here, and their size is checked below.
        warnings.simplefilter("ignore", Image.DecompressionBombWarning)
        photo = Image.open(io.BytesIO(content))
    width, height = photo.size
    _check_size(name, width, height)
    shrink = max(1.0, (width * height / MOST_PIXELS) ** 0.5)
    with _said_in_words(content, name):
        if shrink > 1:
            size = round(width / shrink), round(height / shrink)
            photo.draft("RGB", size)
            photo.thumbnail(size)
        image = to_rgb(ImageOps.exif_transpose(photo))
    if shrink == 1:
        return image, ""
    read = f"{image.shape[1]} x {image.shape[0]}"
    return image, f"{name} has {width * height / 1e6:.0f} megapixels; it was read at {read}."


@contextmanager
def _said_in_words(content: bytes, name: str):
    try:
        yield
    except Exception as error:  # Pillow's decoders raise many kinds.
        raise ValueError(
            f"{name} ({len(content):,} bytes) cannot be read as a photo; send a JPEG, PNG, WebP, "
            "GIF, BMP or TIFF file, or save this one again."
        ) from error


def _check_size(name: str, width: int, height: int) -> None:
    if min(width, height) < SMALLEST:
        raise ValueError(
            f"{name} is {width} x {height} pixels, expected {SMALLEST} or more on each side: send "
            "a larger photo."
        )
    if width * height > FAR_TOO_MANY:
        raise ValueError(
            f"{name} has {width * height / 1e6:.0f} megapixels, expected {FAR_TOO_MANY // 10**6} "
            "at most: send it smaller."
        )

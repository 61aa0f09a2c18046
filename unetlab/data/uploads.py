"""Photos that somebody sends: read from their bytes, or refused in words for that person."""

import io
import warnings
from contextlib import contextmanager

import numpy as np
from PIL import Image

from unetlab.data.photos import advise_for, is_deep, open_image, to_rgb

SMALLEST_UPLOAD = 16  # Of a side.
MOST_PIXELS = 12_000_000  # What a phone takes; more would only be slow.


def read_upload(content: bytes, name: str) -> tuple[np.ndarray, str]:
    """Read a photo from its bytes, upright and in RGB, as `load_image` does from a file.

    A photo of more than 12 megapixels is made smaller; a JPEG is then decoded smaller at once.

    Args:
        content: the file's bytes.
        name: the file's name, for the messages.

    Returns:
        image uint8 [H, W, 3] in 0..255, and a sentence for the person who sent it, or "".

    Raises:
        ValueError: the bytes are no image, cut short, smaller than 16 pixels, or an image of more
            than twice `PIL.Image.MAX_IMAGE_PIXELS`, which might be there to fill the memory.

    Example:
        >>> buffer = io.BytesIO()
        >>> Image.new("RGB", (30, 20)).save(buffer, "PNG")
        >>> image, note = read_upload(buffer.getvalue(), "black.png")
        >>> image.shape, note
        ((20, 30, 3), '')
    """
    with _said_in_words(content, name), warnings.catch_warnings():
        # Large photos are expected here; far too large ones are an error all the same.
        warnings.simplefilter("ignore", Image.DecompressionBombWarning)
        photo = open_image(io.BytesIO(content))
    width, height = photo.size
    if min(width, height) < SMALLEST_UPLOAD:
        raise ValueError(
            f"{name} is {width} x {height} pixels, expected {SMALLEST_UPLOAD} or more on each "
            "side: send a larger photo."
        )
    shrink = max(1.0, (width * height / MOST_PIXELS) ** 0.5)
    with _said_in_words(content, name):
        if shrink > 1:
            if is_deep(photo):  # Pillow shrinks 8 bits only.
                photo = Image.fromarray(to_rgb(photo))
            photo.thumbnail([round(side / shrink) for side in photo.size])
        image = to_rgb(photo)
    if shrink == 1:
        return image, ""
    read = f"{image.shape[1]} x {image.shape[0]}"
    return image, f"{name} has {width * height / 1e6:.0f} megapixels; it was read at {read}."


@contextmanager
def _said_in_words(content: bytes, name: str):
    try:
        yield
    except Image.DecompressionBombError as error:
        most = 2 * Image.MAX_IMAGE_PIXELS // 10**6
        raise ValueError(
            f"{name} has more than {most} megapixels, expected {most} at most: send it smaller."
        ) from error
    except Exception as error:  # Pillow's decoders raise many kinds.
        raise ValueError(
            f"{name} ({len(content):,} bytes) cannot be read as a photo; send a JPEG, PNG, WebP, "
            f"GIF, BMP or TIFF file, or save this one again{advise_for(name)}."
        ) from error

"""Photos that somebody sends: read from their bytes, or refused in words for that person."""

import io

import numpy as np
from PIL import Image

from unetlab.data.photos import advise_for, is_deep, open_image, to_rgb

MOST_PIXELS = 12_000_000  # What a phone takes; more would only be slow.


def read_upload(content: bytes, name: str) -> tuple[np.ndarray, str]:
    """Read a photo, uint8 [H, W, 3], from its bytes as `load_image` does, with a note, or "".

    The note says that a photo of more than 12 megapixels was made smaller.
    """
    try:
        photo = open_image(io.BytesIO(content))
        pixels = photo.width * photo.height
        if pixels > MOST_PIXELS:
            if is_deep(photo):  # Pillow shrinks 8 bits only.
                photo = Image.fromarray(to_rgb(photo))
            shrink = (pixels / MOST_PIXELS) ** 0.5
            photo.thumbnail([round(side / shrink) for side in photo.size])
        image = to_rgb(photo)
    except Exception as error:  # Pillow's decoders raise many kinds.
        raise ValueError(
            f"{name} ({len(content):,} bytes) cannot be read as a photo; send a JPEG, PNG, WebP, "
            f"GIF, BMP or TIFF file of less than {2 * Image.MAX_IMAGE_PIXELS // 10**6} megapixels, "
            f"or save this one again{advise_for(name)}."
        ) from error
    if pixels <= MOST_PIXELS:
        return image, ""
    read = f"{image.shape[1]} x {image.shape[0]}"
    return image, f"{name} has {pixels / 1e6:.0f} megapixels; it was read at {read}."

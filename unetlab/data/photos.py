"""Photos from files and uploads: upright, in RGB, at the scale that is needed, or refused.

Taught in: notebooks/01_pets_segmentation.ipynb
"""

import io
import warnings
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

from unetlab.checks import height_and_width

IMAGE_SUFFIXES = (".jpg", ".jpeg", ".png", ".gif", ".bmp", ".tif", ".tiff", ".webp")


def list_images(folder: str | Path) -> list[Path]:
    """List the image files of a folder by name.

    Args:
        folder: a folder; those inside it are not looked into.

    Returns:
        Paths of the files with an image's suffix, sorted.

    Raises:
        FileNotFoundError: the folder does not exist or holds no image.

    Example:
        >>> list_images("/nowhere")
        Traceback (most recent call last):
        ...
        FileNotFoundError: /nowhere is not a folder; give the folder that holds the images.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise FileNotFoundError(f"{folder} is not a folder; give the folder that holds the images.")
    paths = sorted(path for path in folder.iterdir() if path.suffix.lower() in IMAGE_SUFFIXES)
    if not paths:
        raise FileNotFoundError(
            f"{folder} holds no image among its {len(list(folder.iterdir()))} files; put "
            f"some there ({', '.join(IMAGE_SUFFIXES)})."
        )
    return paths


def load_image(path: str | Path, image_size: int | tuple[int, int] | None = None) -> np.ndarray:
    """Read an image file of any format, upright and in RGB.

    The content decides the format, not the file's name: some of the Oxford pets are a GIF or a PNG
    named `.jpg`. Of an animation the first frame is read; transparency is put on white.

    Args:
        path: the file.
        image_size: the size wanted later, in pixels: a JPEG is then decoded at 1/2, 1/4 or 1/8,
            which is faster, where that leaves at least this; None for full size.

    Returns:
        image: uint8 [H, W, 3], 0..255.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: the file is empty, cut short or no image.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     Image.new("P", (5, 4)).save(f"{folder}/palette.gif")
        ...     load_image(f"{folder}/palette.gif").shape
        (4, 5, 3)
    """
    path = Path(path)
    if not path.is_file():
        raise FileNotFoundError(f"{path} is not a file; check the name and the folder.")
    try:
        with Image.open(path) as image:
            if image_size is not None:
                # The larger side for both, as the photo may yet be turned upright.
                image.draft("RGB", (max(height_and_width(image_size)),) * 2)
            return to_rgb(ImageOps.exif_transpose(image))
    except Exception as error:  # Pillow's decoders raise many kinds.
        size = path.stat().st_size
        raise ValueError(
            f"{path} ({size} bytes) cannot be read as an image ({error}); save it again from its "
            "source, or take it out of the folder."
        ) from error


def to_rgb(image: Image.Image) -> np.ndarray:
    """Turn an opened image of any mode into RGB; transparency is put on white.

    Args:
        image: as Pillow opened it.

    Returns:
        uint8 [H, W, 3], 0..255.

    Example:
        >>> to_rgb(Image.new("RGBA", (1, 1), (9, 9, 9, 0))).tolist()
        [[[255, 255, 255]]]
    """
    if image.mode.startswith(("I", "F")):
        # Pillow's own conversion would cut 16-bit greys off at 255 instead of scaling them.
        grey = np.asarray(image).astype(np.float64)
        scale = 255 / 65535 if grey.max() > 255 else 1
        return np.repeat(np.uint8(np.clip(grey * scale, 0, 255))[..., None], 3, axis=2)
    if image.has_transparency_data:
        image = image.convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image)
    return np.asarray(image.convert("RGB"))


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

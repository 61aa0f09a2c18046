"""Photos from files: which are opened, and how they come upright, in RGB, at the scale needed."""

import os
from collections.abc import Iterable
from contextlib import suppress
from itertools import islice
from pathlib import Path
from typing import BinaryIO

import numpy as np
from PIL import Image, ImageOps

from unetlab.checks import height_and_width

# Phones' .heic needs pillow-heif, registered before unetlab is imported; .avif needs Pillow 11.3.
WANTED = (".jpg", ".jpeg", ".jfif", ".png", ".gif", ".bmp", ".tif", ".tiff", ".webp", ".avif",
          ".heic")  # fmt: skip
KNOWN = Image.registered_extensions()
IMAGE_SUFFIXES = tuple(suffix for suffix in WANTED if suffix in KNOWN)
# What Pillow may take a file for, whatever its name: left alone, it hands EPS to Ghostscript.
FORMATS = tuple(dict.fromkeys(KNOWN[suffix] for suffix in IMAGE_SUFFIXES))
ORIENTATION, ON_ITS_SIDE = 0x0112, (5, 6, 7, 8)  # EXIF's numbers for how the camera was held.


def list_images(folder: str | Path) -> list[Path]:
    """List the image files of a folder by name.

    Args:
        folder: a folder; those inside it are not looked into.

    Returns:
        Paths of the files with an image's suffix, sorted, without hidden ones (`._a.jpg`).

    Raises:
        FileNotFoundError: the folder does not exist or holds no image.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     for name in ("b.jpg", "a.PNG", "notes.txt"):
        ...         Path(folder, name).touch()
        ...     [path.name for path in list_images(folder)]
        ['a.PNG', 'b.jpg']
    """
    files = list_files(folder)
    paths = [path for path in files if path.suffix.lower() in IMAGE_SUFFIXES]
    if not paths:
        raise FileNotFoundError(
            f"{folder} holds no image among its {len(files)} files; put some there "
            f"({', '.join(IMAGE_SUFFIXES)}{advise_for(files[0]) if files else ''})."
        )
    return paths


def advise_for(path: str | Path) -> str:
    """Say which package reads a file that Pillow alone does not, or ""."""
    suffix = Path(path).suffix.lower()
    if suffix not in (".heic", ".heif") or suffix in KNOWN:
        return ""
    return (
        "; the package pillow-heif reads HEIC: install it and call "
        "pillow_heif.register_heif_opener() before importing unetlab, or save the photo as JPEG"
    )


def list_files(folder: str | Path, below: bool = False) -> list[Path]:
    """List what people put into a folder, or also into those below: no `.DS_Store`, `Thumbs.db`."""
    folder = Path(folder)
    return [
        path
        for path in sorted(folder.rglob("*") if below else folder.iterdir())
        if path.is_file()
        and not any(part.startswith(".") for part in path.relative_to(folder).parts)
        and path.name.lower() not in ("thumbs.db", "desktop.ini")
    ]


def load_image(
    path: str | Path,
    image_size: int | tuple[int, int] | None = None,
    white: int | None = None,
) -> np.ndarray:
    """Read an image file, upright and in RGB.

    The content decides the format, not the file's name: some of the Oxford pets are a GIF or a PNG
    named `.jpg`. Of an animation the first frame is read; transparency is put on white; greys of
    16 bits are scaled from 0..65535 and floats from 0..1, or from 0..255 where one exceeds 1.

    Args:
        path: the file: JPEG, PNG, GIF, BMP, TIFF or WebP.
        image_size: the size wanted later, in pixels: a JPEG is then decoded at 1/2, 1/4 or 1/8,
            which is faster, where that leaves at least this; None for full size.
        white: the grey that is white in a file of 16 bits or of floats, 4095 for a camera of 12
            bits; None: as above.

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
    return load_shrunk(path, image_size, white)[0]


def load_shrunk(
    path: str | Path, image_size: int | tuple[int, int] | None, white: int | None = None
) -> tuple[np.ndarray, tuple[int, int]]:
    """Read an image file as `load_image` does, and tell the upright photo's full size."""
    try:
        with open_image(path) as image:
            size, is_jpeg = upright_size(image), image.format in ("JPEG", "MPO")
            if image_size is not None:
                height, width = height_and_width(image_size)
                turned = size == image.size
                # Does nothing but to JPEGs.
                drafted = image.draft(None, (height, width) if turned else (width, height))
                image = _fill_frame(image, drafted)
            pixels = to_rgb(image, white)
            # Earlier versions of Pillow turn a TIFF only while they decode it.
            return pixels, size if is_jpeg else pixels.shape[:2]
    except FileNotFoundError:
        raise
    except Exception as error:  # Pillow's decoders raise many kinds.
        raise ValueError(
            f"{path} ({os.path.getsize(path)} bytes) cannot be read as an image ({error}); save it "
            f"again from its source, or take it out of the folder{advise_for(path)}."
        ) from error


def _fill_frame(image: Image.Image, drafted) -> Image.Image:
    # At 1/8 a photo 1918 wide has 240 columns, of which the last is a quarter beyond its border:
    # stretched to 1918, everything would move to the left, by two pixels at the right.
    box = drafted[1] if drafted else (0, 0, *image.size)
    if box[2:] == image.size:
        return image
    return image.resize(image.size, Image.Resampling.BILINEAR, box=box)


def open_image(file: str | Path | BinaryIO) -> Image.Image:
    """Open an image file of a format that unetlab reads: not decoded yet, and not upright."""
    image = Image.open(file, formats=FORMATS)
    # With a name, Pillow maps an uncompressed file into memory, and garbles a TIFF that is turned.
    image.filename = ""
    return image


def upright_size(image: Image.Image) -> tuple[int, int]:
    """Return the height and width that an opened image has once it is upright."""
    turned = image.getexif().get(ORIENTATION) in ON_ITS_SIDE
    # Pillow itself turns a TIFF, and gives its size so.
    return image.size if turned and image.format != "TIFF" else image.size[::-1]


def to_rgb(image: Image.Image, white: int | None = None) -> np.ndarray:
    """Turn an opened image of any mode upright and into RGB; transparency is put on white."""
    image = ImageOps.exif_transpose(image)
    if is_deep(image):
        values, white = read_deep(image, white)
        grey = np.uint8(np.rint(values * (255 / white)))
        return np.repeat(grey[..., None], 3, axis=2)
    if image.has_transparency_data:
        image = image.convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image)
    return np.asarray(image.convert("RGB"))


def advise_white(paths: Iterable[str | Path]) -> str:
    """Say what mends photos that 16 bits leave nearly black, or ""; a few are looked at."""
    highest = 0
    for path in islice(paths, 8):
        with suppress(OSError), open_image(path) as image:
            if image.format in ("JPEG", "MPO") or image.mode == "F":
                return ""
            deep = is_deep(image)  # Of 16 bits a colour, Pillow keeps the upper half.
            highest = max(highest, int((np.asarray(image) if deep else to_rgb(image)).max()))
            if highest >= (2**13 if deep else 2**5):
                return ""
    if not highest:
        return ""
    if not deep:
        return (
            f"The photos are nearly black: of 255 their levels reach {highest}. Save them "
            "brighter, with 8 bits a colour."
        )
    white = max(255, 2 ** highest.bit_length() - 1)
    return (
        f"The photos are nearly black: of 65535 their levels reach {highest}. Give white={white} "
        "here, and to whatever reads photos when you predict."
    )


def is_deep(image: Image.Image) -> bool:
    """Tell whether an image holds greys of more than 8 bits: Pillow's modes I and F."""
    return image.mode.startswith(("I", "F"))


def read_deep(image: Image.Image, white: int | None = None) -> tuple[np.ndarray, int]:
    """Read greys of more than 8 bits [H, W], and say which of them is white, if it is not given."""
    values = np.asarray(image)
    low, high = values.min(), values.max()
    # 65535 whatever the file holds, so that files of one set stay comparable; Pillow's own
    # conversion would cut them off at 255.
    whole = white or 65535
    white = white or (65535 if image.mode != "F" else 1 if high <= 1 else 255)
    if not (low >= 0 and high <= white):
        raise ValueError(
            f"its greys go from {low:g} to {high:g}, expected 0..{whole} as whole numbers, 0..1 or "
            "0..255 as floats: scale them, or give another white="
        )
    return values, white

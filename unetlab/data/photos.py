"""Photos from files: which are opened, and how they come upright, in RGB, at the scale needed.

Taught in: notebooks/01_pets_segmentation.ipynb
"""

import os
from pathlib import Path
from typing import BinaryIO

import numpy as np
from PIL import Image, ImageOps
from PIL.JpegImagePlugin import JpegImageFile

from unetlab.arguments import check_path
from unetlab.checks import height_and_width

# Phones' .heic needs pillow-heif, registered before unetlab is imported; .avif needs Pillow 11.3.
WANTED = (".jpg", ".jpeg", ".jfif", ".png", ".gif", ".bmp", ".tif", ".tiff", ".webp", ".avif",
          ".heic")  # fmt: skip
KNOWN = Image.registered_extensions()
IMAGE_SUFFIXES = tuple(suffix for suffix in WANTED if suffix in KNOWN)
# What Pillow may take a file for, whatever its name: left alone, it hands EPS to Ghostscript.
FORMATS = tuple(dict.fromkeys(KNOWN[suffix] for suffix in IMAGE_SUFFIXES))
ORIENTATION, ON_ITS_SIDE = 0x0112, (5, 6, 7, 8)  # EXIF's numbers for how the camera was held.
FROM_ANOTHER_CORNER = (2, 3, 4, 6, 7, 8)  # Upright, they begin elsewhere.


def list_images(folder: str | Path) -> list[Path]:
    """List the image files of a folder by name.

    Args:
        folder: a folder; those inside it are not looked into.

    Returns:
        Paths of the files with an image's suffix, sorted, without hidden ones (`._a.jpg`).

    Raises:
        FileNotFoundError: the folder does not exist or holds no image.

    Example:
        >>> list_images("/nowhere")
        Traceback (most recent call last):
        ...
        FileNotFoundError: /nowhere is not a folder; give the folder that holds the images.
    """
    folder = check_path("folder", folder)
    if not folder.is_dir():
        raise FileNotFoundError(f"{folder} is not a folder; give the folder that holds the images.")
    files = list_files(folder)
    paths = [path for path in files if path.suffix.lower() in IMAGE_SUFFIXES]
    if not paths:
        raise FileNotFoundError(
            f"{folder} holds no image among its {len(files)} files; put some there "
            f"({', '.join(IMAGE_SUFFIXES)}{advise_for(files[0]) if files else ''})."
        )
    return paths


def advise_for(path: str | Path) -> str:
    """Say which package reads a file that Pillow alone does not.

    Args:
        path: the file, or its name.

    Returns:
        Words to follow a fault, or "" where there is nothing to say.

    Example:
        >>> advise_for("a.jpg")
        ''
    """
    suffix = Path(path).suffix.lower()
    if suffix not in (".heic", ".heif") or suffix in KNOWN:
        return ""
    return (
        "; the package pillow-heif reads HEIC: install it and call "
        "pillow_heif.register_heif_opener() before importing unetlab, or save the photo as JPEG"
    )


def stamp_of(path: str | Path) -> tuple[int, int] | None:
    """Say what tells one state of a file from a later one.

    Args:
        path: the file.

    Returns:
        The time of its last change in nanoseconds, and its bytes; None where there is none.

    Example:
        >>> stamp_of("/no/such/file") is None
        True
    """
    try:
        found = os.stat(path)
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size


def list_files(folder: Path) -> list[Path]:
    """List what people put into a folder, by name, without what systems leave there.

    Args:
        folder: a folder that exists.

    Returns:
        Paths of its files, sorted; not its folders, nor `.DS_Store`, `._a.jpg` or `Thumbs.db`.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     for name in ("b.jpg", "a.txt", "._b.jpg", "Thumbs.db"):
        ...         Path(folder, name).touch()
        ...     [path.name for path in list_files(Path(folder))]
        ['a.txt', 'b.jpg']
    """
    with os.scandir(folder) as entries:  # It knows what is a file without asking for each.
        names = sorted(
            entry.name
            for entry in entries
            if not entry.name.startswith(".")
            and entry.name.lower() not in ("thumbs.db", "desktop.ini")
            and entry.is_file()
        )
    return [folder / name for name in names]


def load_image(path: str | Path, image_size: int | tuple[int, int] | None = None) -> np.ndarray:
    """Read an image file, upright and in RGB.

    The content decides the format, not the file's name: some of the Oxford pets are a GIF or a PNG
    named `.jpg`. Of an animation the first frame is read; transparency is put on white; greys of
    16 bits are scaled from 0..65535 and floats from 0..1, or from 0..255 where one exceeds 1.

    Args:
        path: the file: JPEG, PNG, GIF, BMP, TIFF or WebP.
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
    return load_shrunk(path, image_size)[0]


def load_shrunk(
    path: str | Path, image_size: int | tuple[int, int] | None
) -> tuple[np.ndarray, tuple[int, int]]:
    """Read an image file as `load_image` does, and tell its full size.

    Args:
        path: as in `load_image`.
        image_size: as in `load_image`.

    Returns:
        image uint8 [H, W, 3] in 0..255, and the height and width of the upright photo in full.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: the file is empty, cut short or no image.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     Image.new("L", (90, 60)).save(f"{folder}/grey.jpg")
        ...     image, size = load_shrunk(f"{folder}/grey.jpg", 16)
        >>> image.shape, size
        ((30, 45, 3), (60, 90))
    """
    path = check_path("path", path)
    if image_size is not None:
        height_and_width(image_size)
    if not path.is_file():
        raise FileNotFoundError(f"{path} is not a file; check the name and the folder.")
    try:
        with open_image(path) as image:
            size = None
            if isinstance(image, JpegImageFile):  # The only kind that can be decoded smaller.
                size = jpeg_size(image)
                if image_size is not None:
                    wanted = height_and_width(image_size)
                    turned = size != (image.height, image.width)
                    image.draft(None, _whole_blocks(image, wanted if turned else wanted[::-1]))
            pixels = to_rgb(image)
    except Exception as error:  # Pillow's decoders raise many kinds.
        raise ValueError(
            f"{path} ({path.stat().st_size} bytes) cannot be read as an image ({error}); save it "
            f"again from its source, or take it out of the folder{advise_for(path)}."
        ) from error
    return pixels, size or pixels.shape[:2]


def _whole_blocks(image: JpegImageFile, least: tuple[int, int]) -> tuple[int, int]:
    # A JPEG shrinks by blocks of pixels that begin at its first corner, as those of its mask do.
    # Where another corner comes first in the upright photo, only whole blocks lie as the mask's.
    if image.getexif().get(ORIENTATION) not in FROM_ANOTHER_CORNER:
        return least
    for scale in (8, 4, 2):
        small = tuple(side // scale for side in image.size)
        whole = all(side % scale == 0 for side in image.size)
        if whole and small[0] >= least[0] and small[1] >= least[1]:
            return small
    return image.size


def open_image(file: Path | BinaryIO) -> Image.Image:
    """Open an image file, of one of the formats that unetlab reads.

    Args:
        file: its path, or a stream of its bytes.

    Returns:
        The image as Pillow opens it: not decoded, and not upright.

    Raises:
        PIL.UnidentifiedImageError: it is none of these formats.

    Example:
        >>> import io
        >>> open_image(io.BytesIO(b"%!PS-Adobe-3.0 EPSF-3.0"))
        Traceback (most recent call last):
        ...
        PIL.UnidentifiedImageError: cannot identify image file ...
    """
    image = Image.open(file, formats=FORMATS)
    # With a name, Pillow maps an uncompressed file into memory, and garbles a TIFF that is turned.
    image.filename = ""
    return image


def jpeg_size(image: JpegImageFile) -> tuple[int, int]:
    """Tell the size of an opened JPEG as it will be when upright, from its header.

    Args:
        image: as Pillow opened it.

    Returns:
        Height and width in pixels.

    Example:
        >>> import io
        >>> Image.new("L", (90, 60)).save(buffer := io.BytesIO(), "JPEG")
        >>> jpeg_size(open_image(buffer))
        (60, 90)
    """
    size = image.height, image.width
    return size[::-1] if image.getexif().get(ORIENTATION) in ON_ITS_SIDE else size


def to_rgb(image: Image.Image) -> np.ndarray:
    """Turn an opened image of any mode upright and into RGB; transparency is put on white.

    Args:
        image: as Pillow opened it.

    Returns:
        uint8 [H, W, 3], 0..255.

    Raises:
        ValueError: as in `read_deep`.

    Example:
        >>> to_rgb(Image.new("RGBA", (1, 1), (9, 9, 9, 0))).tolist()
        [[[255, 255, 255]]]
    """
    image = ImageOps.exif_transpose(image)
    if is_deep(image):
        values, white = read_deep(image)
        grey = np.uint8(np.rint(values * (255 / white)))
        return np.repeat(grey[..., None], 3, axis=2)
    if image.has_transparency_data:
        image = image.convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image)
    return np.asarray(image.convert("RGB"))


def is_deep(image: Image.Image) -> bool:
    """Tell whether an image holds greys of more than 8 bits.

    Args:
        image: as Pillow opened it.

    Returns:
        True for Pillow's modes I (16 or 32 bits) and F (float).

    Example:
        >>> is_deep(Image.new("I;16", (1, 1))), is_deep(Image.new("L", (1, 1)))
        (True, False)
    """
    return image.mode.startswith(("I", "F"))


def read_deep(image: Image.Image) -> tuple[np.ndarray, int]:
    """Read greys of more than 8 bits, and say which of them is white.

    Whole numbers go to 65535 whatever the file holds, so that files of one set stay comparable;
    Pillow's own conversion would cut them off at 255. Floats go to 1, or to 255 where any is above.

    Args:
        image: of mode I or F.

    Returns:
        The values [H, W], and 65535, 255 or 1.

    Raises:
        ValueError: a value is below 0, above white, or no number.

    Example:
        >>> values, white = read_deep(Image.new("F", (1, 1), 0.5))
        >>> values.tolist(), white
        ([[0.5]], 1)
    """
    values = np.asarray(image)
    low, high = values.min(), values.max()
    white = 65535 if image.mode != "F" else 1 if high <= 1 else 255
    if not (low >= 0 and high <= white):
        raise ValueError(
            f"its greys go from {low:g} to {high:g}, expected 0..65535 as whole numbers, 0..1 or "
            "0..255 as floats: scale them"
        )
    return values, white

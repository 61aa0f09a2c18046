"""Drawn scenes as a folder of photos and masks, such as a learner's own.

Taught in: notebooks/03_chair_extraction.ipynb
"""

import io
from collections.abc import Sequence
from pathlib import Path

from PIL import Image

from unetlab.arguments import check_count
from unetlab.drawn.scenes import check_kinds, draw_scene
from unetlab.saving import write_whole


def save_scenes(
    folder: str | Path,
    kind: str | Sequence[str],
    count: int,
    image_size: int | tuple[int, int] = 256,
    seed: int = 0,
) -> tuple[str, ...]:
    """Write drawn scenes as `load_folder` reads them: photos and masks in two folders.

    Args:
        folder: where to write `photos/drawn0000.jpg` and `masks/drawn0000.png` and so on; it is
            made where it is not there.
        kind: as in `draw_scene`.
        count: number of scenes, at least 1.
        image_size: height and width in pixels, or one number for both.
        seed: whole number >= 0; scene i depends on (seed, i) only.

    Returns:
        The class names, from id 0: background, and the kinds in order. The masks are grey PNGs of
        these ids.

    Raises:
        OSError: a pair cannot be written; says why. The pairs before are whole.
        ValueError: as in `draw_scene`, or `count` is below 1.

    Example:
        >>> import tempfile
        >>> from unetlab.data import load_folder
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     names = save_scenes(folder, ("chairs", "cats"), 3, 32)
        ...     data = load_folder(f"{folder}/photos", f"{folder}/masks", class_names=names)
        Masks read by numbers: 0 background, 1 chairs, 2 cats.
        3 pairs in ..., 32x32 pixels; background ...%, chairs ...%, cats ...% of the pixels.
    """
    class_names = ("background", *check_kinds(kind))
    check_count("count", count)
    photos, masks = Path(folder) / "photos", Path(folder) / "masks"
    for number in range(count):
        image, mask = draw_scene(kind, image_size, (seed, number))
        # 95 keeps what noise and JPEG the drawing has; a mask must not be a JPEG.
        Image.fromarray(image).save(content := io.BytesIO(), "JPEG", quality=95)
        with write_whole(photos / f"drawn{number:04}.jpg") as photo_path:
            photos.mkdir(parents=True, exist_ok=True)
            # Written by Pillow itself, a full disk would be an "encoder error -2".
            photo_path.write_bytes(content.getbuffer())
            # Within, so that no photo stands there without its mask.
            with write_whole(masks / f"drawn{number:04}.png") as mask_path:
                masks.mkdir(exist_ok=True)
                Image.fromarray(mask[..., 0]).save(mask_path)
    return class_names

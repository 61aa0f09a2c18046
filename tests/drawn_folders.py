"""Drawn scenes as a folder of photos and masks, such as a learner's own."""

from pathlib import Path

from PIL import Image

from unetlab.drawn import draw_scene


def save_scenes(folder, kinds, count, image_size=256, seed=0):
    """Write `photos/drawn0000.jpg`, `masks/drawn0000.png`, ... for `load_folder`; give the names.

    The masks are grey PNGs of the ids of the classes: background, and the kinds in order.
    """
    photos, masks = Path(folder) / "photos", Path(folder) / "masks"
    photos.mkdir(parents=True)
    masks.mkdir()
    for number in range(count):
        image, mask = draw_scene(kinds, image_size, (seed, number))
        Image.fromarray(image).save(photos / f"drawn{number:04}.jpg", quality=95)
        Image.fromarray(mask[..., 0]).save(masks / f"drawn{number:04}.png")
    return "background", *([kinds] if isinstance(kinds, str) else kinds)

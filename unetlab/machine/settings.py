"""What a notebook is set to do, looked at before it starts: a slip costs no training."""

from pathlib import Path

from unetlab.data import list_images
from unetlab.encoders import build_encoder, weights_of

BEGINNINGS = {
    "imagenet": "ImageNet's weights",
    "starter": "the starter's weights, which come with unetlab",
    "random": "random weights: it learns far more slowly, and its masks stay worse",
}


def check_settings(
    encoder: str = "mobilenet_v2",
    image_size: int | tuple[int, int] = 128,
    photos: str | Path | None = None,
) -> None:
    """Refuse settings that would fail later, and print which weights the encoder starts from.

    Args:
        encoder: a name in `ENCODERS`; its weights are downloaded here where they must be.
        image_size: height and width in pixels, or one number for both.
        photos: a folder with photos of one's own, or None.

    Raises:
        FileNotFoundError: the folder does not exist or holds no image.
        ValueError: the name is unknown, or its coarsest stride does not divide the image size.

    Example:
        >>> check_settings("mobilenet_v2", image_size=100)
        Traceback (most recent call last):
        ValueError: image_size 100x100 cannot be halved five times as the encoder does: ...
    """
    if photos is not None:
        list_images(photos)
    weights = BEGINNINGS[weights_of(build_encoder(encoder, image_size))]
    print(f"The encoder {encoder} starts from {weights}.")

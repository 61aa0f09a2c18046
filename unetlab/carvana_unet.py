"""The network of the Carvana article: ResNet50, read twice at each level.

Taught in: notebooks/02_carvana_masking.ipynb
"""

import keras
from keras import layers

from unetlab.encoder_layers import InferenceMode, Preprocessing
from unetlab.image_size import height_and_width
from unetlab.pretrained import build_application
from unetlab.unet import count_logits

# The article counts layers: 140 and 130, 78 and 68, 36 and 26. In the Keras of its time these were
# the sums that end the last two blocks of a stage; today's Keras counts other layers with them.
CARVANA_TAPS = (
    ("conv4_block6_add", "conv4_block5_add"),
    ("conv3_block4_add", "conv3_block3_add"),
    ("conv2_block3_add", "conv2_block2_add"),
)
BOTTOM = "conv5_block3_out"


def build_carvana_unet(
    num_classes: int = 2,
    image_size: int | tuple[int, int] = 224,
    weights: str | None = "auto",
    filters: tuple[int, ...] = (256, 128, 64, 32, 16),
) -> keras.Model:
    """Build the article's U-Net: ResNet50 with two taps a level, batch norm before convolution.

    The first two steps up enlarge by repeating pixels, the last three by transposed convolutions.
    The article ends in a sigmoid; this ends in its argument, the logit: positive means car.

    Args:
        num_classes: as in `build_unet`.
        image_size: height and width in pixels, or one number for both; multiples of 32.
        weights: "auto", "imagenet", None or a path, as in `build_encoder`.
        filters: channels of the five steps, from coarse to fine.

    Returns:
        A model from image float32 [B, H, W, 3] in 0..255 to logits float32 [B, H, W, 1], or
        [B, H, W, num_classes] for more than two classes. Its encoder is the layer "encoder",
        frozen where its weights are pretrained.

    Raises:
        ValueError: the image size is not a multiple of 32, or there are not five filters.

    Example:
        >>> build_carvana_unet(image_size=32, weights=None, filters=(8, 8, 4, 4, 4)).output_shape
        (None, 32, 32, 1)

    Source: the article "Deep learning with R and Keras: Carvana Image Masking Challenge", 2018;
    its blocks as in He et al., Identity Mappings in Deep Residual Networks, 2016.

    Taught in: notebooks/02_carvana_masking.ipynb
    """
    height, width = height_and_width(image_size)
    if height % 32 or width % 32 or len(filters) != 5:
        raise ValueError(
            f"image_size is {height}x{width} with {len(filters)} filters, expected multiples of 32 "
            "and five filters: ResNet50 halves the image five times."
        )
    image = keras.Input([height, width, 3], name="image")
    x, *taps = _build_encoder(height, width, weights)(image)
    for step, channels in enumerate(filters):
        x = _enlarge(x, channels, learned=step >= 2)
        if pair := taps[2 * step : 2 * step + 2]:
            x = layers.Concatenate()([x, *pair])
        x = _convolve(_convolve(x, channels), channels)
    logits = layers.Conv2D(count_logits(num_classes), 1, dtype="float32", name="logits")(x)
    return keras.Model(image, logits, name="carvana_unet")


def _build_encoder(height: int, width: int, weights: str | None) -> keras.Model:
    backbone, pretrained = build_application(
        keras.applications.ResNet50, (height, width, 3), weights
    )
    names = [BOTTOM, *(name for pair in CARVANA_TAPS for name in pair)]
    features = keras.Model(
        backbone.inputs, [backbone.get_layer(name).output for name in names], name=backbone.name
    )
    if pretrained:
        features = InferenceMode(features, name="inference_mode")
    image = keras.Input([height, width, 3], name="image")
    x = Preprocessing("caffe", name="preprocessing")(image)
    encoder = keras.Model(image, features(x), name="encoder")
    encoder.trainable = not pretrained
    return encoder


def _enlarge(x, filters: int, learned: bool):
    if learned:
        return layers.Conv2DTranspose(filters, 3, strides=2, padding="same")(x)
    return layers.UpSampling2D()(x)


def _convolve(x, filters: int):
    x = layers.BatchNormalization(momentum=0.9)(x)
    x = layers.ReLU()(x)
    return layers.Conv2D(filters, 3, padding="same")(x)

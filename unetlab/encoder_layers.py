"""The two layers that an encoder needs beside its own: preprocessing, and inference mode.

Taught in: notebooks/01_pets_segmentation.ipynb
"""

import keras


@keras.saving.register_keras_serializable("unetlab")
class Preprocessing(keras.layers.Layer):
    """Turn an image in 0..255 into the numbers that a Keras application was trained on.

    Args:
        mode: "tf" (-1..1), "caffe" (BGR minus the ImageNet mean) or "torch" (ImageNet mean and
            deviation), as in `keras.applications.imagenet_utils.preprocess_input`.

    Example:
        >>> import numpy as np
        >>> float(Preprocessing("tf")(np.full([1, 1, 1, 3], 255.0))[0, 0, 0, 0])
        1.0

    Taught in: notebooks/01_pets_segmentation.ipynb
    """

    def __init__(self, mode: str, **kwargs):
        # In bfloat16 neighbouring grey values would fall together, so this layer stays in float32.
        super().__init__(**{"dtype": "float32", **kwargs})
        self.mode = mode

    def call(self, image):
        """Preprocess images [B, H, W, 3] of any dtype, 0..255."""
        return keras.applications.imagenet_utils.preprocess_input(
            keras.ops.cast(image, self.compute_dtype), data_format="channels_last", mode=self.mode
        )

    def compute_output_shape(self, input_shape):
        """Return the input's shape: only the values change."""
        return input_shape

    def get_config(self):
        """Return what `keras.saving` needs to build the layer again."""
        return {**super().get_config(), "mode": self.mode}


@keras.saving.register_keras_serializable("unetlab")
class InferenceMode(keras.layers.Wrapper):
    """Call a model in inference mode, also while everything around it trains.

    Inside a functional model `layer(x, training=False)` is not enough: Keras 3 puts the training
    flag of the outer call in its place, and the batch norms of an unfrozen encoder move.

    Args:
        layer: the layer or model to call.
        **kwargs: as in `keras.layers.Layer`.

    Example:
        >>> image = keras.Input([1])
        >>> model = keras.Model(image, InferenceMode(keras.layers.Dropout(0.99))(image))
        >>> float(model(keras.ops.ones([1, 1]), training=True)[0, 0])
        1.0

    Taught in: notebooks/05_swap_the_encoder.ipynb
    """

    def call(self, inputs):
        """Call the wrapped layer with `training=False`."""
        return self.layer(inputs, training=False)

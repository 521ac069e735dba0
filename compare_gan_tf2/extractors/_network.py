"""The classifier behind the scores: six 3x3 convolutions in three blocks, about 290,000 parameters."""

from __future__ import annotations

from collections.abc import Callable

import keras
import numpy as np
import tensorflow as tf

BLOCKS = (32, 64, 128)
# Sides the first convolution brings larger images down to, so that an image costs about the same at any resolution.
_LARGEST_SIDE = 63


def first_stride(image_shape: tuple[int, int, int]) -> int:
    """Stride of the first convolution for images of this shape: 1 below 64 pixels, 2 below 128, and so on."""
    return 1 + max(image_shape[:2]) // (_LARGEST_SIDE + 1)


def network(
    image_shape: tuple[int, int, int],
    num_classes: int,
    *,
    seed: int = 0,
    dtype: str = "float32",
    stride: int | None = None,
) -> keras.Model:
    """A fresh classifier: [32, 32] pool [64, 64] pool [128, 128], each convolution normalized, and a global average.

    Args:
        image_shape: (height, width, channels); sides from 64 up are strided over by the first convolution.
        num_classes: number of labels K.
        seed: decides the initial weights.
        dtype: Keras's dtype policy of the convolutions; both outputs are float32 under any.
        stride: the first convolution's, where weights are shared with images of another shape; `first_stride`'s else.

    Returns:
        A model from images float32 [N, H, W, C] in [0, 1] to (features float32 [N, 128], logits float32 [N, K]).
    """
    # One generator handed from layer to layer: the weights depend on nothing that happened in the process before.
    draws = keras.random.SeedGenerator(seed)
    stride = stride or first_stride(image_shape)
    images = keras.Input(image_shape, dtype="float32", name="images")
    hidden = images
    for block, width in enumerate(BLOCKS, start=1):
        for half in (1, 2):
            name = f"{block}_{half}"
            first = hidden is images
            hidden = keras.layers.Conv2D(
                width,
                kernel_size=stride + 2 if first else 3,
                strides=stride if first else 1,
                padding="same",
                use_bias=False,  # the normalization's offset follows
                kernel_initializer=keras.initializers.HeNormal(draws),
                dtype=dtype,
                name=f"convolution_{name}",
            )(hidden)
            if half == 2 and width != BLOCKS[-1]:
                # Pooled before it is normalized: a quarter of the work, and normalization is a third of it all.
                hidden = keras.layers.MaxPooling2D(padding="same", dtype=dtype, name=f"pool_{block}")(hidden)
            # Averages over the last ten steps or so, for these networks train for a few hundred.
            hidden = keras.layers.BatchNormalization(momentum=0.9, dtype=dtype, name=f"normalization_{name}")(hidden)
            hidden = keras.layers.ReLU(dtype=dtype, name=f"activation_{name}")(hidden)
    features = keras.layers.GlobalAveragePooling2D(dtype="float32", name="features")(hidden)
    logits = keras.layers.Dense(
        num_classes, kernel_initializer=keras.initializers.GlorotUniform(draws), dtype="float32", name="logits"
    )(features)
    return keras.Model(images, (features, logits), name="classifier")


def forward(model: keras.Model, batch_size: int) -> Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]]:
    """The model for evaluation, traced once.

    Args:
        model: a model that `network` made.
        batch_size: B, images in every call.

    Returns:
        A function from images float32 [B, H, W, C] in [0, 1] to (features float32 [B, 128], logits float32 [B, K]).
    """

    @tf.function(input_signature=[tf.TensorSpec([batch_size, *model.input_shape[1:]], tf.float32)])
    def traced(images: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        return tuple(model(images, training=False))

    def run(images: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        features, logits = traced(tf.constant(images))
        return features.numpy(), logits.numpy()

    return run

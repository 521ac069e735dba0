"""Keras models with their weights as constants."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import keras
import numpy as np
import tensorflow as tf

from compare_gan_tf2.extractors import Forward


def forward(
    model: keras.Model, weights: Sequence[np.ndarray], batch_size: int, prepared: Callable[[tf.Tensor], tf.Tensor]
) -> Forward:
    """A model of features and logits for evaluation, traced once.

    Constants are folded and laid out once by TensorFlow, where variables would be in every call.

    Args:
        model: from images of one shape to (features, logits); its own weights are not used.
        weights: float32 arrays in the order of its weights.
        batch_size: B, images in every call.
        prepared: from images float32 [B, H, W, C] in [0, 1] to what the model takes, in float32.

    Returns:
        A function from images float32 [B, H, W, C] in [0, 1] to (features [B, F], logits [B, K]).
    """
    arrays = {id(variable): array for variable, array in zip(model.weights, weights, strict=True)}
    prepare = tf.function(prepared, autograph=False)

    @tf.function(input_signature=[tf.TensorSpec([batch_size, *model.input_shape[1:]], tf.float32)], autograph=False)
    def network(images: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        trained, other = (
            [tf.constant(arrays[id(variable)].astype(_type(variable))) for variable in variables]
            for variables in (model.trainable_variables, model.non_trainable_variables)
        )
        outputs, _ = model.stateless_call(trained, other, tf.cast(images, model.inputs[0].dtype), training=False)
        features, logits = outputs
        return features, logits

    def run(images: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        # Apart, for images of another size need another preparation and the same network.
        features, logits = network(prepare(tf.constant(images)))
        return features.numpy(), logits.numpy()

    return run


def _type(variable: keras.Variable) -> np.dtype:
    return tf.as_dtype(variable.dtype).as_numpy_dtype

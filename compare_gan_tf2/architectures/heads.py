"""Further outputs of a discriminator's features: rotation (SSGAN), class and projection of the class (S3GAN)."""

from __future__ import annotations

import keras
import tensorflow as tf

from compare_gan_tf2.architectures._blocks import Layers, flatten
from compare_gan_tf2.architectures.networks import Discriminator, Network, is_labelled
from compare_gan_tf2.options import Options

ROTATIONS = 4


class HeadedDiscriminator(Network):
    """An architecture's discriminator with heads, called as that is; its logits include the projection's.

    Args:
        body: the discriminator, without a projection of its own if `projects`.
        options: the task's; there is a head for the rotation if it has self-supervision, and the heads' kernels are
            drawn and normalized as the discriminator's others are.
        predicts: whether there is a head that predicts the class (Lucic et al. 2019, section 3.1).
        num_classes: of the labels, where the body takes none.
        projects: whether the class is projected onto the features: the image's own, or else what the predictor says of
            it. Then features that are a map are summed over space.
    """

    def __init__(
        self,
        body: Discriminator,
        options: Options,
        *,
        predicts: bool = False,
        projects: bool = False,
        num_classes: int = 0,
    ):
        super().__init__("discriminator", [], num_classes or body.num_classes)
        self.body = body
        self._is_soft = options.soft_predictions
        make = Layers(options, "discriminator")
        rotates = options.self_supervision != "none"
        self._rotation = _Head("discriminator_rotation", make, "score_classify", ROTATIONS) if rotates else None
        self._predictor = (
            _Head("discriminator_predictor", make, "predictor_linear", self.num_classes) if predicts else None
        )
        features = body.features_shape
        projection = make.embedding_of_classes("discriminator_projection") if projects else None
        self._projection = projection and projection(features[-1])
        empty = tf.zeros([1, *features])
        for head in (self._rotation, self._predictor):
            if head is not None:
                head(empty)
        if self._projection is not None:
            self._projection(tf.zeros([1, body.num_classes]))

    def call(
        self, images: tf.Tensor, labels: tf.Tensor | None = None, training: bool = False
    ) -> tuple[tf.Tensor, tf.Tensor]:
        """images [B, H, W, C], labels as the body takes them -> logits [B, 1], features [B, ...]."""
        logits, features = self.body(images, labels, training=training)
        if self._projection is not None:
            embedded = self._projection(self._classes(labels, features, training), training=training)
            space = list(range(1, features.shape.rank - 1))
            logits += tf.reduce_sum(tf.reduce_sum(features, space) * embedded, axis=1, keepdims=True)
        return logits, features

    def rotation_logits(self, features: tf.Tensor, training: bool = False) -> tf.Tensor:
        """Of 0, 90, 180 and 270 degrees, float32 [B, 4]."""
        assert self._rotation is not None
        return self._rotation(features, training=training)

    def class_logits(self, features: tf.Tensor, training: bool = False) -> tf.Tensor:
        """Of the classes, float32 [B, classes]."""
        assert self._predictor is not None
        return self._predictor(features, training=training)

    def outputs(self, images: tf.Tensor, labels: tf.Tensor | None = None) -> dict[str, tf.Tensor]:
        """As `Discriminator.outputs`, and rotation_logits and class_logits where there are these heads."""
        logits, features = self(images, labels, training=False)
        found = {"prediction": tf.sigmoid(logits), "logits": logits, "features": features}
        found |= {} if self._rotation is None else {"rotation_logits": self.rotation_logits(features)}
        return found | ({} if self._predictor is None else {"class_logits": self.class_logits(features)})

    def _classes(self, labels: tf.Tensor | None, features: tf.Tensor, training: bool) -> tf.Tensor:
        """What is projected, float32 [B, classes]: the label, or the prediction where there is none."""
        given = self.one_hot(labels)
        assert given is not None
        if self._predictor is None:
            return given
        predicted = tf.nn.softmax(self.class_logits(features, training))
        if not self._is_soft:
            predicted = tf.one_hot(tf.argmax(predicted, axis=1), self.num_classes)
        return tf.stop_gradient(tf.where(is_labelled(given)[:, None], given, predicted))


class _Head(keras.layers.Layer):
    """Features [B, ...], flattened, to logits float32 [B, units]; below the scope that compare_gan gave it."""

    def __init__(self, name: str, make: Layers, layer: str, units: int):
        super().__init__(name=name, autocast=False)
        self.linear = make.within(name).linear(layer, units)
        self.built = True

    def call(self, features: tf.Tensor, training: bool = False) -> tf.Tensor:
        return tf.cast(self.linear(flatten(features), training=training), tf.float32)

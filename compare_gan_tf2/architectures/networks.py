"""The networks that architectures make of chains of layers: what they take, what they give, what an export says."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import keras
import tensorflow as tf

from compare_gan_tf2.architectures._blocks import Kernel, Linear, flatten
from compare_gan_tf2.normalizations import virtual_batch
from compare_gan_tf2.runtime.precision import compute_dtype


def is_labelled(classes: tf.Tensor) -> tf.Tensor:
    """Which images have a label: float32 [B, classes], a distribution or zeros each -> bool [B]; S3GAN's rule."""
    return tf.reduce_sum(classes, axis=1) > 0.5


class Network(keras.Model):
    """A chain of layers and functions; layers that are conditioned get the latents and labels besides.

    Args:
        name: "generator" or "discriminator".
        chain: layers of this file, normalizations, and plain functions of a tensor.
        num_classes: of the labels; 0 if the network takes none.
    """

    def __init__(self, name: str, chain: Sequence[Callable], num_classes: int):
        super().__init__(name=name)
        self.chain = list(chain)
        self.num_classes = num_classes
        # Sub-layers build themselves at their first call; Keras must not try to trace the whole by guessing inputs.
        self.built = True

    def named_variables(self) -> dict[str, keras.Variable]:
        """All variables by their layer's name and their own ("g_bn1/gamma"), trainable or not."""
        named = {variable.path.removeprefix(f"{self.name}/"): variable for variable in self.variables}
        assert len(named) == len(self.variables), "two variables of one name"
        return named

    def one_hot(self, labels: tf.Tensor | None) -> tf.Tensor | None:
        """Labels as float32 [B, classes], a row of zeros where an image has none; None for an unconditional network.

        Hard ones are int [B], -1 where an image has none; soft ones float [B, classes], and are taken as they are.
        """
        if not self.num_classes:
            return None
        if labels is None:
            raise ValueError(f"the {self.name} is conditional: it needs labels")
        labels = tf.convert_to_tensor(labels)
        if labels.dtype.is_floating:
            return tf.ensure_shape(tf.cast(labels, tf.float32), [None, self.num_classes])
        return tf.one_hot(labels, self.num_classes)

    def follow(
        self,
        x: tf.Tensor,
        z: tf.Tensor | None,
        labels: tf.Tensor | None,
        training: bool,
        links: Sequence[Callable] | None = None,
    ) -> tf.Tensor:
        """x, in the dtype to compute in, through the chain, or through some of its links."""
        x = tf.cast(x, compute_dtype())
        for link in self.chain if links is None else links:
            if isinstance(link, Kernel):
                x = link(x, training=training)
            elif isinstance(link, keras.layers.Layer):
                x = link(x, z=z, labels=labels, training=training)
            else:
                x = link(x)
        return x


class Generator(Network):
    """(z float32 [B, z_dim], labels int32 [B] or soft) -> images float32 [B, H, W, C] in [0, 1].

    Attributes:
        reference_z: latents [n, z_dim] of the batch that virtual batch norm refers to, or None.
    """

    def __init__(self, chain: Sequence[Callable], *, z_dim: int, num_classes: int):
        super().__init__("generator", chain, num_classes)
        self.z_dim = z_dim
        self.reference_z: keras.Variable | None = None
        self(tf.zeros([1, z_dim]), tf.zeros([1], tf.int32))

    def call(self, z: tf.Tensor, labels: tf.Tensor | None = None, training: bool = False) -> tf.Tensor:
        classes = self.one_hot(labels)
        if self.reference_z is None:
            return tf.cast(self.follow(z, z, classes, training), tf.float32)
        rows = self.reference_z.shape[0]
        z = tf.concat([tf.convert_to_tensor(self.reference_z), z], 0)
        if classes is not None:
            classes = tf.concat([tf.one_hot(tf.range(rows) % self.num_classes, self.num_classes), classes], 0)
        with virtual_batch.in_front(rows):
            images = self.follow(z, z, classes, training)
        return tf.cast(images[rows:], tf.float32)

    def carry_reference(self, z: tf.Tensor) -> None:
        """Puts these latents [n, z_dim], with the classes in turn, in front of every batch from now on."""
        start = keras.initializers.Constant(z.numpy())
        self.reference_z = self.add_weight(name="reference_z", shape=z.shape, initializer=start, trainable=False)


class Discriminator(Network):
    """(images float32 [B, H, W, C] in [0, 1], labels) -> logits float32 [B, 1], features float32 [B, ...].

    Labels are int32 [B], -1 where an image has none, or soft: float32 [B, classes], zeros where an image has none.
    The logit is a linear function of the flattened features. Labels are shown in one of two ways: by a projection,
    which adds the inner product of the features, summed over space where they are a map, with an embedding of the
    label (Miyato and Koyama 2018, equation 3); or, where there is no projection and reference mode is off, as constant
    further channels of the image, 1 in the label's and 0 in the others' before whatever scaling the network begins with
    (Mirza and Osindero 2014). Without a label nothing is added, or all those channels are 0.

    Attributes:
        compared: gives what is added to the logits for how features of a batch resemble each other, or None; see
            `minibatch_discrimination`.
    """

    def __init__(
        self,
        chain: Sequence[Callable],
        head: Linear,
        projection: Callable[[int], Linear] | None,
        *,
        image_shape: tuple[int, int, int],
        num_classes: int,
        concatenates: bool = False,
    ):
        super().__init__("discriminator", chain, num_classes)
        self.head = head
        self.compared: keras.layers.Layer | None = None
        self._concatenates = concatenates
        images, label = tf.zeros([1, *image_shape]), tf.zeros([1], tf.int32)
        features = self._features(images, self.one_hot(label), False)
        self.features_shape = tuple(features.shape[1:])
        self.embedding = projection(features.shape[-1]) if num_classes and projection else None
        self(images, label)

    def call(
        self, images: tf.Tensor, labels: tf.Tensor | None = None, training: bool = False
    ) -> tuple[tf.Tensor, tf.Tensor]:
        classes = self.one_hot(labels)
        features = tf.cast(self._features(images, classes, training), tf.float32)
        logits = self.head(flatten(features), training=training)
        if self.embedding is not None:
            space = list(range(1, features.shape.rank - 1))
            embedded = self.embedding(classes, training=training)
            logits += tf.reduce_sum(tf.reduce_sum(features, space) * embedded, axis=1, keepdims=True)
        if self.compared is not None:
            logits += self.compared(features, training=training)
        return logits, features

    def outputs(self, images: tf.Tensor, labels: tf.Tensor | None = None) -> dict[str, tf.Tensor]:
        """What a user of the trained network is given: prediction (the probability of being real), logits, features."""
        logits, features = self(images, labels, training=False)
        return {"prediction": tf.sigmoid(logits), "logits": logits, "features": features}

    def _features(self, images: tf.Tensor, classes: tf.Tensor | None, training: bool) -> tf.Tensor:
        if self._concatenates and classes is not None:
            planes = tf.cast(classes, images.dtype)[:, None, None, :]
            images = tf.concat([images, planes * tf.ones_like(images[..., :1])], axis=-1)
        return self.follow(images, None, classes, training)


class Autoencoder(Network):
    """A discriminator that copies: images float32 [B, H, W, C] -> copies, same shape, and codes float32 [B, F].

    Args:
        encode: from images to codes.
        decode: from codes to images in [0, 1].
        image_shape: of the images.
    """

    def __init__(self, encode: Sequence[Callable], decode: Sequence[Callable], *, image_shape: tuple[int, int, int]):
        super().__init__("discriminator", [*encode, *decode], 0)
        self._code_length = len(encode)
        self(tf.zeros([1, *image_shape]))

    def call(
        self, images: tf.Tensor, labels: tf.Tensor | None = None, training: bool = False
    ) -> tuple[tf.Tensor, tf.Tensor]:
        del labels
        codes = self.follow(images, None, None, training, self.chain[: self._code_length])
        copies = self.follow(codes, None, None, training, self.chain[self._code_length :])
        return tf.cast(copies, tf.float32), tf.cast(codes, tf.float32)

    def outputs(self, images: tf.Tensor, labels: tf.Tensor | None = None) -> dict[str, tf.Tensor]:
        """What a user of the trained network is given: reconstruction and features (the codes)."""
        copies, codes = self(images, labels, training=False)
        return {"reconstruction": copies, "features": codes}


class Encoder(Network):
    """images float32 [B, H, W, C] -> mean and standard deviation float32 [B, z_dim] of the latents behind them."""

    def __init__(self, chain: Sequence[Callable], *, image_shape: tuple[int, int, int]):
        super().__init__("discriminator", chain, 0)
        self(tf.zeros([1, *image_shape]))

    def call(
        self, images: tf.Tensor, labels: tf.Tensor | None = None, training: bool = False
    ) -> tuple[tf.Tensor, tf.Tensor]:
        del labels
        mean, spread = tf.split(tf.cast(self.follow(images, None, None, training), tf.float32), 2, axis=1)
        return mean, 1e-6 + tf.nn.softplus(spread)

    def outputs(self, images: tf.Tensor, labels: tf.Tensor | None = None) -> dict[str, tf.Tensor]:
        """What a user of the trained network is given: mean and deviation of the latents, the mean also as features."""
        mean, deviation = self(images, labels, training=False)
        return {"mean": mean, "deviation": deviation, "features": mean}

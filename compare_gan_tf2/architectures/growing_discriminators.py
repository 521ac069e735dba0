"""Discriminators that grow: what is above maps of 4 x 4, and how outputs are read, is the same for all of them."""

from __future__ import annotations

from collections.abc import Sequence

import tensorflow as tf

from compare_gan_tf2.architectures._progressive import (
    Channels,
    Conv,
    Dense,
    Growing,
    blurred,
    leaky,
    with_deviation,
)
from compare_gan_tf2.runtime.precision import compute_dtype


class GrowingDiscriminator(Growing):
    """images float32 [B, R, R, C] in [0, 1] -> logits float32 [B, 1] and features float32 [B, F].

    In training an image is compared with others of the whole batch, over all replicas, in groups of four at most.

    Args:
        side: R.
        num_classes: 0 without labels.
        tells_classes: whether it has a logit for every class behind the first one, as PGGAN's; else every class has a
            logit of its own of being real, and an image is judged by that of its label, as in StyleGAN.
        lod: level of detail at the start.
    """

    def __init__(self, side: int, *, num_classes: int = 0, tells_classes: bool = False, lod: int = 0):
        super().__init__("discriminator", side, num_classes, lod)
        self._tells_classes = tells_classes

    @property
    def units(self) -> int:
        """How many outputs it has."""
        return 1 + self.num_classes if self._tells_classes else max(self.num_classes, 1)

    def first(self, side: int, images: tf.Tensor) -> tf.Tensor:
        """Maps of a side of its images."""
        raise NotImplementedError

    def block(self, side: int, x: tf.Tensor) -> tf.Tensor:
        """Maps of half the side of maps of a side."""
        raise NotImplementedError

    def finished(self, x: tf.Tensor, training: bool) -> tf.Tensor:
        """Features float32 [B, F] of maps float32 [B, 4, 4, channels]."""
        raise NotImplementedError

    def judged(
        self, images: tf.Tensor, level: int | None, fade: tf.Tensor | None = None, training: bool = True
    ) -> tuple[tf.Tensor, tf.Tensor]:
        """Of images around [-1, 1] of a level's side: all outputs float32 [B, n], features float32 [B, F]."""
        x = self.seen(tf.cast(images, compute_dtype()), self.first, self.block, level, fade)
        features = self.finished(tf.cast(x, tf.float32), training)
        return self.head(features), features

    def logits(self, outputs: tf.Tensor, labels: tf.Tensor | None) -> tf.Tensor:
        """Of being real, [B, 1], of all outputs; of an image without a label 0 where classes have their own."""
        classes = None if self._tells_classes else self.one_hot(labels)
        if classes is None:
            return outputs[:, :1]
        return tf.reduce_sum(outputs * classes, axis=1, keepdims=True)

    def call(
        self, images: tf.Tensor, labels: tf.Tensor | None = None, training: bool = False
    ) -> tuple[tf.Tensor, tf.Tensor]:
        outputs, features = self.judged(2.0 * images - 1.0, None, training=training)
        return self.logits(outputs, labels), features

    def outputs(self, images: tf.Tensor, labels: tf.Tensor | None = None) -> dict[str, tf.Tensor]:
        """What a user of the trained network is given: prediction (the probability of being real), logits, features."""
        logits, features = self(images, labels, training=False)
        return {"prediction": tf.sigmoid(logits), "logits": logits, "features": features}


class MeanDiscriminator(GrowingDiscriminator):
    """PGGAN's, which halves maps by means of 2 x 2, and StyleGAN's.

    Args:
        image_shape: (R, R, C).
        channels: of every map.
        seed: of the initial weights.
        num_classes, tells_classes, lod: see `GrowingDiscriminator`.
        blurs: whether maps are smoothed before they are halved.
        group: of images that are compared.
    """

    def __init__(
        self,
        image_shape: tuple[int, int, int],
        channels: Channels,
        *,
        seed: str,
        num_classes: int = 0,
        tells_classes: bool = False,
        blurs: bool = False,
        group: int = 4,
        lod: int = 0,
    ):
        super().__init__(image_shape[0], num_classes=num_classes, tells_classes=tells_classes, lod=lod)
        self._group, self._blurs = group, blurs
        self.from_rgb: dict[int, Conv] = {}
        self.blocks: dict[int, Sequence[Conv]] = {}
        for side in (1 << power for power in range(2, image_shape[0].bit_length())):
            here = channels(side)
            self.from_rgb[side] = Conv(f"b{side}.fromrgb", seed, image_shape[2], here, 1)
            if side > 4:
                self.blocks[side] = (
                    Conv(f"b{side}.conv0", seed, here, here),
                    Conv(f"b{side}.conv1", seed, here, channels(side // 2), resizes="halves"),
                )
        width = channels(4)
        self.last = Conv("b4.conv", seed, width + 1, width)
        self.hidden = Dense("b4.fc", seed, 16 * width, channels(2))
        self.head = Dense("b4.out", seed, channels(2), self.units, gain=1.0)

    def first(self, side: int, images: tf.Tensor) -> tf.Tensor:
        return leaky(self.from_rgb[side](images))

    def block(self, side: int, x: tf.Tensor) -> tf.Tensor:
        first, second = self.blocks[side]
        x = leaky(first(x))
        return leaky(second(blurred(x) if self._blurs else x))

    def finished(self, x: tf.Tensor, training: bool) -> tf.Tensor:
        x = leaky(self.last(with_deviation(x, self._group, training)))
        return leaky(self.hidden(tf.reshape(x, [-1, 16 * x.shape[-1]])))

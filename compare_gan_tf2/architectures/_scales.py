"""A discriminator of several sizes of an image, each with layers of its own (Wang et al. 2018, section 3.2)."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import tensorflow as tf

from compare_gan_tf2.architectures._padded import pooled
from compare_gan_tf2.architectures.networks import Network


class MultiscaleDiscriminator(Network):
    """images float32 [B, H, W, C] in [0, 1] -> float32 [B, h, w, 1] for each size, the full one first.

    Images inside are in [-1, 1]; every further size is `pooled` once more.

    Args:
        name: of the network.
        chains: links for each size.
        image_shape: of the images.
    """

    def __init__(self, name: str, chains: list[list[Callable]], *, image_shape: tuple[int, int, int]):
        super().__init__(name, [link for chain in chains for link in chain], 0)
        self._numbers = [len(chain) for chain in chains]
        self(tf.zeros([1, *image_shape]))

    def call(self, images: tf.Tensor, training: bool = False) -> list[tf.Tensor]:
        links, x, found = iter(self.chain), 2.0 * images - 1.0, list[tf.Tensor]()
        for number in self._numbers:
            x = pooled(x) if found else x
            found.append(
                tf.cast(self.follow(x, None, None, training, list(itertools.islice(links, number))), tf.float32)
            )
        return found

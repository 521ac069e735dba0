"""MultiGAN: the modular GAN with images composed of several objects from one network (van Steenkiste et al. 2018)."""

from __future__ import annotations

import keras

from compare_gan_tf2.architectures.multi_object import MultiObjectGenerator
from compare_gan_tf2.gans import modular

# Facts, read without importing this file.
HONORS = (
    "aggregation",
    "background",
    "feature_matching",
    "feature_matching_weight",
    "g_loss_weight",
    "minibatch_dims",
    "minibatch_kernels",
    "objects",
    "relation_blocks",
    "relation_heads",
    "relation_shared",
    "relation_units",
)
REQUIRES = {"conditional": (False, "it has no labels")}


class Gan(modular.Gan):
    """The modular GAN whose generator composes images of objects.

    Options objects, aggregation, relation_* and background control this; every object, and the background, has its own
    z_dim latents. The discriminator is the architecture's and sees the composed images.
    """

    def build_generator(self) -> keras.Model:
        """One object generator for all objects, and what is around it; see `MultiObjectGenerator`."""
        return MultiObjectGenerator(self.architecture.generator, self.dataset.image_shape, self.options)

"""Gradient penalty: gradient norm 1 between real and generated images (Gulrajani et al. 2017, equation 3)."""

import tensorflow as tf

from compare_gan_tf2.penalties import Context, _slopes

generator = None
STATE = ()
WHOLE_BATCH = False


def discriminator(context: Context) -> tf.Tensor:
    """E[(sqrt(1e-4 + |grad D(x + a (G(z) - x))|^2) - 1)^2], a ~ U[0, 1) per image; scalar, unweighted."""
    between = _slopes.between(context, "wgan_gp/share")
    return _slopes.squared_distance_from_one(_slopes.squared_slopes(context, between, context.labels))

"""Zero-centered gradient penalty: gradient norm 0 between real and generated images (0-GP; Thanh-Tung et al. 2019)."""

import tensorflow as tf

from compare_gan_tf2.penalties import Context, _slopes

generator = None
STATE = ()
WHOLE_BATCH = False


def discriminator(context: Context) -> tf.Tensor:
    """E[|grad D(x + a (G(z) - x))|^2], a ~ U[0, 1) per image; scalar, unweighted."""
    between = _slopes.between(context, "zero_centred/share")
    return tf.reduce_mean(_slopes.squared_slopes(context, between, context.labels))

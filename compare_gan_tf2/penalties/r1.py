"""R1: gradient norm 0 at real images (Mescheder et al. 2018, equation 9)."""

import tensorflow as tf

from compare_gan_tf2.penalties import Context, _slopes

generator = None
STATE = ()
WHOLE_BATCH = False


def discriminator(context: Context) -> tf.Tensor:
    """E[|grad D(x)|^2] / 2; scalar, unweighted (the paper's gamma is the weight)."""
    return 0.5 * tf.reduce_mean(_slopes.squared_slopes(context, context.real, context.labels))

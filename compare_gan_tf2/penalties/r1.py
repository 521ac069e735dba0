"""R1: gradient norm 0 at real images (Mescheder et al. 2018, equation 9)."""

import tensorflow as tf

from compare_gan_tf2.penalties import Context, _slopes

generator = None
STATE = ()
WHOLE_BATCH = False


def discriminator(context: Context) -> tf.Tensor:
    """E[|grad D(x)|^2] / 2; scalar, unweighted.

    The paper's gamma is the weight for images in [-1, 1]. Here images are in [0, 1], so gradients are twice as large,
    and a quarter of gamma has the same effect. Gradients are at the images that the discriminator sees, augmented.
    """
    return 0.5 * tf.reduce_mean(_slopes.squared_slopes(context, context.real, context.labels))

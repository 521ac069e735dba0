"""R1: slope 0 at real images (Mescheder et al. 2018, equation 9)."""

import tensorflow as tf

from compare_gan_tf2.penalties import Context, _slopes

generator = None
STATE = ()
WHOLE_BATCH = False


def discriminator(context: Context) -> tf.Tensor:
    """E[|grad D(x)|^2] / 2; scalar, unweighted.

    The paper's gamma is the weight for images in [-1, 1]; of those in [0, 1] here slopes are twice as large, so that a
    quarter of gamma does the same. Slopes are at images as the discriminator sees them: augmented, if they are.
    """
    return 0.5 * tf.reduce_mean(_slopes.squared_slopes(context, context.real, context.labels))

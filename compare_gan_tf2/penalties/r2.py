"""R2: gradient norm 0 at generated images (Mescheder et al. 2018, equation 10)."""

import tensorflow as tf

from compare_gan_tf2.penalties import Context, _slopes

generator = None
STATE = ()
WHOLE_BATCH = False


def discriminator(context: Context) -> tf.Tensor:
    """E[|grad D(G(z))|^2] / 2; scalar, unweighted (the paper's gamma is the weight)."""
    return 0.5 * tf.reduce_mean(_slopes.squared_slopes(context, context.fake(), context.fake_labels))

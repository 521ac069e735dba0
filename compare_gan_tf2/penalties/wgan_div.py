"""Wasserstein divergence: sixth power of gradient norms between real and generated images (Wu et al. 2018).

The paper's p is 6; its k, recommended as 2, is penalty_weight. It goes with the Wasserstein loss.
"""

import tensorflow as tf

from compare_gan_tf2.penalties import Context, _slopes

generator = None
STATE = ()
WHOLE_BATCH = False

_POWER = 6


def discriminator(context: Context) -> tf.Tensor:
    """E[|grad D(x + a (G(z) - x))|^6], a ~ U[0, 1) per image; scalar, unweighted."""
    between = _slopes.between(context, "wgan_div/share")
    # A power of the square: without a root there is no infinite gradient at slope 0.
    return tf.reduce_mean(_slopes.squared_slopes(context, between, context.labels) ** (_POWER // 2))

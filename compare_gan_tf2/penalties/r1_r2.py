"""R1 and R2: gradient norm 0 at real and at generated images (R3GAN; Huang et al. 2024, section 2.2)."""

import tensorflow as tf

from compare_gan_tf2.penalties import Context, r1, r2

generator = None
STATE = ()
WHOLE_BATCH = False


def discriminator(context: Context) -> tf.Tensor:
    """(E[|grad D(x)|^2] + E[|grad D(G(z))|^2]) / 2; scalar, unweighted; see `r1` for its weight."""
    return r1.discriminator(context) + r2.discriminator(context)

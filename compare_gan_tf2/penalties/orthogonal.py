"""Orthogonal regularization of the generator, without the diagonal (Brock et al. 2019, equation 3)."""

import tensorflow as tf

from compare_gan_tf2.penalties import Context

discriminator = None
STATE = ()
WHOLE_BATCH = False


def generator(context: Context) -> tf.Tensor:
    """Sum over kernels of |W^T W * (1 - I)|_F^2, W [all other axes, last axis]; scalar, unweighted (beta, 1e-4)."""
    return tf.add_n([_off_diagonal(kernel) for kernel in context.kernels])


def _off_diagonal(kernel: tf.Tensor) -> tf.Tensor:
    """Sum of the squared inner products of different columns; any shape of rank 2 or more -> scalar."""
    matrix = tf.reshape(kernel, [-1, kernel.shape[-1]])
    products = tf.matmul(matrix, matrix, transpose_a=True)
    return tf.reduce_sum(tf.square(tf.linalg.set_diag(products, tf.zeros_like(products[0]))))

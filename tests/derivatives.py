"""Functions of two tensors compared up to their second derivatives."""

import numpy as np
import tensorflow as tf


def assert_same(mine, theirs, x, kernel):
    """That two functions, their gradients and the gradients of these are as good as equal at x and kernel."""
    pairs = zip(_derivatives(mine, x, kernel), _derivatives(theirs, x, kernel), strict=True)
    for our, their in pairs:
        assert np.isfinite(their).all()
        np.testing.assert_allclose(our, their, rtol=0, atol=1e-4 * np.abs(their).max())


def _derivatives(convolution, x, kernel):
    """The output, its gradients, and gradients of these."""
    with tf.GradientTape(persistent=True) as outer:
        outer.watch([x, kernel])
        with tf.GradientTape() as inner:
            inner.watch([x, kernel])
            y = convolution(x, kernel)
            loss = tf.reduce_sum(tf.sin(y))
        first = inner.gradient(loss, [x, kernel])
        slope = tf.reduce_sum(tf.square(first[0])) + tf.reduce_sum(tf.square(first[1]))
    return [y, *first, *outer.gradient(slope, [x, kernel])]

"""Keys and rates of a step are those that it is given, whatever the steps before it were given."""

import numpy as np

from compare_gan_tf2.training import steps


def test_a_tensor_is_made_again_where_values_or_shape_changed():
    cached = steps._CachedTensor()
    first = cached.of(np.array([[0.1, 0.9]], np.float32))
    assert cached.of(np.array([[0.1, 0.9]], np.float32)) is first
    for array in (np.array([[0.2, 0.9]], np.float32), np.array([[0.2, 0.9]] * 2, np.float32)):
        np.testing.assert_array_equal(cached.of(array), array)

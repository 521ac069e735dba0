"""What a trace says of the memory of a step."""

import tensorflow as tf

from compare_gan_tf2.runtime import memory

# Of a float32 tensor [1000, 1000].
WHOLE = 4_000_000


def _planned(function, *shapes):
    traced = tf.function(function, input_signature=[tf.TensorSpec(shape) for shape in shapes], autograph=False)
    return memory.planned(traced.get_concrete_function().graph)


def test_what_nobody_reads_any_more_is_not_counted():
    def chain(x):
        for _ in range(5):
            x = tf.reshape(tf.matmul(x, x), [1000, 1000])
        return tf.reduce_sum(x)

    assert 2 * WHOLE <= _planned(chain, [1000, 1000]) < 2 * WHOLE + 100


def test_elementwise_operations_write_over_their_input_and_others_do_not():
    def elementwise(x):
        return tf.reduce_sum(tf.exp(tf.nn.relu(tf.matmul(x, x))))

    def kept(x):
        y = tf.matmul(x, x)
        return tf.reduce_sum(tf.exp(y)) + tf.reduce_sum(tf.transpose(y))

    assert WHOLE <= _planned(elementwise, [1000, 1000]) < WHOLE + 100
    assert 2 * WHOLE <= _planned(kept, [1000, 1000]) < 2 * WHOLE + 100


def test_a_gradient_keeps_what_the_forward_pass_made():
    def slope(x):
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = x
            for _ in range(6):
                y = tf.matmul(tf.exp(y), x)
            total = tf.reduce_sum(y)
        return tape.gradient(total, x)

    # Six results of exp, and three tensors or so on the way back.
    assert 7 * WHOLE <= _planned(slope, [1000, 1000]) <= 11 * WHOLE


def test_the_process_has_had_less_than_there_is():
    assert 10**7 < memory.peak_resident() < 10**13 and 10**8 < memory.available() < 10**14

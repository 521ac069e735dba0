"""What the tests of normalizations share."""

import functools

import pytest


@pytest.fixture(scope="session")
def make():
    """make(name, **changes) -> the normalization of that name; kernels of its linear layers start at zero or normal."""
    import keras

    from compare_gan_tf2 import components
    from compare_gan_tf2.architectures._blocks import Linear
    from compare_gan_tf2.weight_normalizations import none

    def made(name, *, initializer="zeros", decay=0.9, epsilon=1e-3, self_modulation_units=4, reference="none"):
        if initializer == "normal":
            initializer = keras.initializers.RandomNormal(stddev=0.3, seed=3)
        normalize = functools.partial(none.WeightNormalization, side="left", iterations=1, seed=0)
        return components.load("normalizations", name).Normalization(
            decay=decay,
            epsilon=epsilon,
            linear=functools.partial(Linear, initializer=initializer, weight_normalization=normalize),
            self_modulation_units=self_modulation_units,
            reference=reference,
            name="norm",
        )

    return made

"""Models made of plain functions."""

import types

import numpy as np
import pytest


@pytest.fixture
def make_model():
    """make_model(generator, ...) -> TrainedModel with the priors of real tasks."""
    from compare_gan_tf2.metrics import images_only
    from compare_gan_tf2.model_metrics import TrainedModel
    from compare_gan_tf2.runtime.prior import Prior

    def make(
        generator,
        *,
        discriminator=None,
        latent_size=2,
        classes=0,
        image_shape=(12, 12, 1),
        splits=None,
        seed=3,
        **options,
    ):
        values = {"batch_size": 16, "z_distribution": "uniform", "loss": "non_saturating", "label_smoothing": 0.0}
        values |= options

        prior = Prior(values["z_distribution"], latent_size)

        def draw_latents(count, purpose, batch=0):
            return prior.draw_with_labels(count, purpose, classes, seed=seed, step=batch)

        empty = np.zeros((1, *image_shape), np.float32)
        return TrainedModel(
            generator=generator,
            discriminator=discriminator,
            draw_latents=draw_latents,
            latent_bounds=prior.bounds,
            dataset=types.SimpleNamespace(image_shape=image_shape),
            options=types.SimpleNamespace(**values),
            num_classes=classes,
            real_images=lambda split: splits[split],
            real=images_only(empty),
            generated=images_only(empty),
            seed=seed,
        )

    return make

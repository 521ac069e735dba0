"""Options of the training."""

from __future__ import annotations

import dataclasses

from compare_gan_tf2.options._field import option


@dataclasses.dataclass(frozen=True)
class TrainingOptions:
    """How the networks are trained."""

    loss: str = option("non_saturating", "adversarial loss", section="training", kind="losses")
    penalty: str = option("none", "penalty added to the objective", section="training", kind="penalties")
    penalty_weight: float = option(1.0, "weight of the penalty (lambda in the papers)", section="training", low=0)
    label_smoothing: float = option(
        0.0, "the target of real images is 1 minus this (one-sided; for losses with a target)", section="training",
        low=0, high=0.5,
    )  # fmt: skip
    weight_clipping: float = option(
        0.0, "largest absolute value of every weight of the discriminator, enforced after each of its updates; 0 is no "
        "clipping", section="training", low=0,
    )  # fmt: skip
    augmentation: str = option(
        "none", "differentiable augmentation of all images that the discriminator sees", section="training",
        kind="augmentations",
    )  # fmt: skip
    augmentation_target: float = option(
        0.6, "mean sign of real images' logits that adaptive augmentation aims for", section="training", low=0, high=1
    )
    augmentation_kimg: float = option(
        500.0, "thousands of real images in which the probability of adaptive augmentation can rise from 0 to 1",
        section="training", low=0, open_low=True,
    )  # fmt: skip
    augmentation_limit: float = option(
        1.0, "largest probability of adaptive augmentation; above 0.8, generated images begin to show transforms that "
        "leave an image plausible", section="training", low=0, high=1,
    )  # fmt: skip
    augmentation_probability: float = option(
        0.0, "probability of augmentation in the first step, for augmentation=ada or adaptive", section="training",
        low=0, high=1,
    )  # fmt: skip
    final_augmentation_probability: float = option(
        0.0, "probability of augmentation at the end of the schedule of gan=r3gan", section="training", low=0, high=1
    )
    augmentation_pipe: str = option(
        "bgc", "transforms of augmentation=ada: flips, quarter turns and integer shifts (blit, b), general geometry "
        "(geom, g), color (c), filter (f), noise (n), cutout (c at the end), or several by their letters; r3gan is bgc "
        "with color half as often, and cutout", section="training",
        choices=("b", "bg", "bgc", "bgcf", "bgcfn", "bgcfnc", "blit", "color", "cutout", "filter", "geom", "noise",
                 "r3gan"),
    )  # fmt: skip
    augmentation_mirrors: bool = option(
        True, "also mirror images in augmentation=ada; turn this off for images with letters",
        section="training",
    )  # fmt: skip
    fake_labels: str = option(
        "uniform", "labels of generated images: uniform (drawn uniformly) or data (those of the step's real images; a "
        "class is drawn where an image has no label, and all are drawn if labels are soft)", section="training",
        choices=("data", "uniform"),
    )  # fmt: skip
    feature_matching: str = option(
        "none", "feature matching in the generator's objective (Salimans et al. 2016): how the batch means of the "
        "discriminator's features are compared: squared (mean squared difference), absolute (mean absolute "
        "difference), sum_of_squares (sum of squared differences) or none (no feature matching)", section="training",
        choices=("absolute", "none", "squared", "sum_of_squares"),
    )  # fmt: skip
    feature_matching_weight: float = option(
        1.0, "weight of feature matching in the generator's objective", section="training", low=0
    )
    g_loss_weight: float = option(
        1.0, "weight of the adversarial loss in the generator's objective; 0 trains the generator by feature_matching "
        "only", section="training", low=0,
    )  # fmt: skip
    historical_averaging: float = option(
        0.0, "weight of the squared distance between each network's weights and the mean of their past values "
        "(Salimans et al. 2016); 0 leaves it out", section="training", low=0,
    )  # fmt: skip
    self_supervision: str = option(
        "none", "self-supervised task of the discriminator: none, rotation (predict how images are rotated) or "
        "rotation_only (no adversarial loss)", section="training", choices=("none", "rotation", "rotation_only"),
    )  # fmt: skip
    rotated_batch_size: int = option(
        64, "number of rotated images in the rotation loss of each network, over all devices: a quarter of this number "
        "of images from the batch, each rotated by four angles", section="training", low=4,
    )  # fmt: skip
    d_rotation_weight: float = option(
        1.0, "weight of the rotation loss in the discriminator's objective (beta of SSGAN)", section="training", low=0
    )
    g_rotation_weight: float = option(
        0.2, "weight of the rotation loss in the generator's objective (alpha of SSGAN)", section="training", low=0
    )
    first_update: str = option(
        "discriminator", "network that is updated first in a step; if it is the generator, the discriminator sees "
        "images from before this update (PyTorch-GAN's order)", section="training",
        choices=("discriminator", "generator"),
    )  # fmt: skip
    batch_size: int = option(
        64,
        "real images per update of the discriminator, over all devices",
        section="training",
        low=1,
        high=2**20,
    )
    accumulation_steps: int = option(
        1, "number of microbatches into which a batch is split to save memory (gradient accumulation); batch norm "
        "normalizes each one separately; a batch is not split if its objective compares images with each other",
        section="training", low=1, high=2**20,
    )  # fmt: skip
    gradient_checkpointing: bool = option(
        False, "save memory by computing the activations of residual blocks and self-attention again for the gradient; "
        "costs one more forward pass, and does not save the memory of a gradient penalty", section="training",
    )  # fmt: skip
    training_steps: int = option(
        40000, "number of generator updates; 0 is for GAN types that are not trained by steps, where it is the default",
        section="training", low=0, high=99_999_999,
    )  # fmt: skip
    disc_iters: int = option(
        1, "updates of the discriminator per update of the generator", section="training", low=1, high=1000
    )
    g_optimizer: str = option(
        "adam", "optimizer of the generator; momentum is SGD with a running average of the gradients, whose decay is "
        "beta1", section="training", choices=("adam", "momentum", "rmsprop", "sgd"),
    )  # fmt: skip
    d_optimizer: str = option(
        "adam", "optimizer of the discriminator; momentum is SGD with a running average of the gradients, whose decay "
        "is beta1", section="training", choices=("adam", "momentum", "rmsprop", "sgd"),
    )  # fmt: skip
    g_learning_rate: float = option(2e-4, "learning rate of the generator", section="training", low=0, open_low=True)
    d_learning_rate: float = option(
        2e-4, "learning rate of the discriminator", section="training", low=0, open_low=True
    )
    learning_rate_decay: float = option(
        0.0, "share of the training, at its end, over which both learning rates fall linearly to zero",
        section="training", low=0, high=1,
    )  # fmt: skip
    beta1: float = option(
        0.5, "decay of the first moment in Adam, or of the average gradient in optimizer momentum; below 1",
        section="training", low=0, high=0.999999,
    )  # fmt: skip
    beta2: float = option(
        0.999, "decay of the second moment in Adam; below 1", section="training", low=0, high=0.999999
    )
    l2_in_gradient: float = option(
        0.0, "L2 regularization: this number times the weights is added to their gradients, before the optimizer "
        "(PyTorch's weight_decay); 0 adds nothing", section="training", low=0, high=1,
    )  # fmt: skip
    gradient_clipping: float = option(
        0.0, "largest norm of each network's gradient; a longer gradient is scaled down to it; 0 is no clipping",
        section="training", low=0,
    )  # fmt: skip
    ema_decay: float = option(
        0.0, "decay of the running average (EMA) of the generator's weights; 0 keeps none; option evaluated_weights "
        "says where it is used", section="training", low=0, high=0.999999,
    )  # fmt: skip
    ema_start_step: int = option(
        0, "generator step at which the running average begins; before that it equals the latest weights",
        section="training", low=0,
    )  # fmt: skip
    ema_kimg: float = option(
        0.0, "half-life of the generator's running average (EMA) in thousands of images, in place of ema_decay and "
        "independent of the batch size; 0 uses ema_decay", section="training", low=0, high=10_000_000,
    )  # fmt: skip
    ema_rampup: float = option(
        0.0, "with ema_kimg: upper bound on the half-life, as a share of the images seen so far, which keeps the "
        "average recent early in the training (StyleGAN2-ADA: 0.05); 0 is no bound", section="training", low=0,
        high=1000,
    )  # fmt: skip
    d_ema_decay: float = option(
        0.0, "decay of the running average (EMA) of a semi-supervised GAN's discriminator, which is then the "
        "classifier; 0 keeps none", section="training", low=0, high=0.999999,
    )  # fmt: skip
    d_ema_from_zero: bool = option(
        False, "start the discriminator's running average (option d_ema_decay) at zero, without bias correction, as "
        "Salimans et al. (2016) did; otherwise it starts at the initial weights", section="training",
    )  # fmt: skip
    latents: str = option(
        "fresh", "latents of the generator's update: fresh (drawn for it) or reused (the discriminator's last ones)",
        section="training", choices=("fresh", "reused"),
    )  # fmt: skip
    judge: str = option(
        "together", "whether the discriminator sees real and generated images together (one call, shared batch "
        "statistics) or apart (two calls)", section="training", choices=("apart", "together"),
    )  # fmt: skip
    reference: str = option(
        "none", "reproduce a version of compare_gan where it differs from this package (docs/compare_gan_v3.md); "
        "changes defaults to latents=reused, d_conditioning=none and, for v1 and v2, judge=apart", section="training",
        choices=("none", "v1", "v2", "v3"),
    )  # fmt: skip
    precision: str = option(
        "float32", "number format of activations and matrix products in training steps; weights, statistics, spectral "
        "norm, losses, penalties, evaluation and export are float32", section="training",
        choices=("float32", "mixed_bfloat16", "mixed_float16"),
    )  # fmt: skip
    start_from: str = option(
        "", "folder of another task, or of one of its checkpoints, whose weights this task starts with at step 0; "
        "optimizers and statistics start anew; pggan, stylegan, stylegan2 and r3gan can start from networks for "
        "smaller images", section="training",
    )  # fmt: skip
    networks_from: str = option(
        "", "folder of another task, or of one of its checkpoints, whose trained networks this task uses without "
        "changing them; for GAN types that need trained networks", section="training",
    )  # fmt: skip
    seed: int = option(
        0, "seed of initial weights, latents, labels and the order of the data", section="training", low=0,
        high=2**31 - 1,
    )  # fmt: skip

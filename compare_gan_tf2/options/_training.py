"""Options of the training."""

from __future__ import annotations

import dataclasses

from compare_gan_tf2.options._field import option


@dataclasses.dataclass(frozen=True)
class TrainingOptions:
    """How the networks are trained."""

    loss: str = option("non_saturating", "adversarial loss", section="training", kind="losses")
    penalty: str = option("none", "penalty added to the objective", section="training", kind="penalties")
    penalty_weight: float = option(1.0, "factor on the penalty (lambda in the papers)", section="training", low=0)
    label_smoothing: float = option(
        0.0, "the target of real images is 1 minus this (one-sided; for losses with a target)", section="training",
        low=0, high=0.5,
    )  # fmt: skip
    weight_clipping: float = option(
        0.0, "bound on every weight of the discriminator, enforced after each of its updates; 0 is none",
        section="training", low=0,
    )  # fmt: skip
    augmentation: str = option(
        "none", "differentiable augmentation of all the discriminator sees", section="training", kind="augmentations"
    )
    augmentation_target: float = option(
        0.6, "mean sign of real images' logits that adaptive augmentation steers to", section="training", low=0, high=1
    )
    augmentation_kimg: float = option(
        500.0, "thousands of real images in which adaptive augmentation could go from never to always",
        section="training", low=0, open_low=True,
    )  # fmt: skip
    augmentation_limit: float = option(
        1.0, "probability that adaptive augmentation never goes beyond; with transforms that many training images "
        "look like, generated ones begin to show them above 0.8", section="training", low=0, high=1,
    )  # fmt: skip
    augmentation_probability: float = option(
        0.0, "probability of augmentation in the first step, of augmentation=ada or adaptive", section="training",
        low=0, high=1,
    )  # fmt: skip
    final_augmentation_probability: float = option(
        0.0, "that of gan=r3gan at the end of its schedule", section="training", low=0, high=1
    )
    augmentation_pipe: str = option(
        "bgc", "transforms of augmentation=ada: flips, quarter turns and whole shifts (blit, b), general geometry "
        "(geom, g), color (c), filter (f), noise (n), cutout (c at the end), together as their letters; or those of "
        "R3GAN, bgc with colors half as often and cutout", section="training",
        choices=("b", "bg", "bgc", "bgcf", "bgcfn", "bgcfnc", "blit", "color", "cutout", "filter", "geom", "noise",
                 "r3gan"),
    )  # fmt: skip
    fake_labels: str = option(
        "uniform", "labels of generated images: drawn uniformly, or those of the step's real images (any where one "
        "has none, drawn where they are soft)", section="training", choices=("data", "uniform"),
    )  # fmt: skip
    feature_matching: str = option(
        "none", "whether the generator also matches the discriminator's features, by their means over the batch: mean "
        "of the squared or absolute differences over features, or sum of the squares (Improved Techniques)",
        section="training", choices=("absolute", "none", "squared", "sum_of_squares"),
    )  # fmt: skip
    feature_matching_weight: float = option(
        1.0, "factor on feature matching in the generator's objective", section="training", low=0
    )
    g_loss_weight: float = option(
        1.0, "factor on the loss in the generator's objective; 0 leaves it to feature_matching", section="training",
        low=0,
    )  # fmt: skip
    unlabeled_weight: float = option(
        1.0, "factor of semi-supervised GANs on what their discriminator learns of images without a label and of "
        "generated ones; 0 is a classifier of the labeled images alone", section="training", low=0,
    )  # fmt: skip
    data_start_images: int = option(
        0, "training images by which weight norm and minibatch discrimination of a semi-supervised GAN's discriminator "
        "are set before the first step, so that every output has mean 0 and deviation 1; 0 sets nothing",
        section="training", low=0, high=2**20,
    )  # fmt: skip
    historical_averaging: float = option(
        0.0, "factor on the squared distance of each network's weights from the average of their own past (Improved "
        "Techniques); 0 leaves it out", section="training", low=0,
    )  # fmt: skip
    diversity_ratio: float = option(
        0.75, "BEGAN's gamma: wanted reconstruction error of generated images per real ones'", section="training",
        low=0, high=1,
    )  # fmt: skip
    proportional_gain: float = option(
        0.001, "BEGAN's lambda: how fast its control variable k follows", section="training", low=0
    )
    margin: float = option(
        10.0, "EBGAN's m: energy up to which the discriminator lifts generated images", section="training", low=0,
        open_low=True,
    )  # fmt: skip
    pull_away_weight: float = option(
        0.1, "factor on EBGAN's pull-away term in the generator's objective", section="training", low=0
    )
    reconstruction_loss: str = option(
        "squared", "what adversarial autoencoders, and types that restore images, descend on: the mean absolute or "
        "squared difference of images in [-1, 1]", section="training", choices=("absolute", "squared"),
    )  # fmt: skip
    regularization_weight: float = option(
        0.0, "factor of gan=aae on the game about codes where encoder and decoder have one update for both objectives, "
        "1 minus it on the error (PyTorch-GAN has 0.001); 0 gives each an update of its own, as in the paper",
        section="training", low=0, high=0.999999,
    )  # fmt: skip
    posterior: str = option(
        "point", "what the encoder of gan=aae gives of an image: one code (point), or a Gaussian that codes are drawn "
        "from in training", section="training", choices=("gaussian", "point"),
    )  # fmt: skip
    code_noise: float = option(
        0.3, "deviation of the noise that adversarial autoencoders add to all that their discriminators of codes see",
        section="training", low=0,
    )  # fmt: skip
    similarity_weight: float = option(
        1e-5, "gamma of gan=vae_gan, factor on the similarity in the decoder's objective, beside 1 - gamma on the "
        "game; the similarity is a sum over a layer, so that gamma depends on its size (paper: 1e-6, CIFAR-10 1e-5)",
        section="training", low=0, high=1,
    )  # fmt: skip
    similarity_layer: int = option(
        0, "layer with kernels of the discriminator of gan=vae_gan whose outputs are compared, from 1; 0 is the last "
        "convolution, or the last layer where there is none", section="training", low=0, high=1000,
    )  # fmt: skip
    judges_reconstructions: bool = option(
        False, "whether the discriminator of gan=vae_gan sees reconstructions beside samples, as in the paper's text; "
        "the authors' trainings had samples alone", section="training",
    )  # fmt: skip
    gate_margin: float = option(
        0.35, "how far a mean cost of the discriminator of gan=vae_gan may be from 0.68: below, the discriminator is "
        "not updated, above, the decoder is not; 0 always updates both", section="training", low=0,
    )  # fmt: skip
    latent_weight: float = option(
        0.5, "factor of gan=bicyclegan on the mean absolute difference of drawn latents and of those read off what was "
        "made of them", section="training", low=0,
    )  # fmt: skip
    kl_weight: float = option(
        0.01, "factor on how far codes are from the prior: of gan=bicyclegan on the divergence, summed over latents "
        "and images, of gan=unit on the mean square of codes", section="training", low=0,
    )  # fmt: skip
    cycle_weight: float = option(
        10.0, "factor on the cycles of gan=cyclegan and others, mean absolute differences of images in [-1, 1]",
        section="training", low=0,
    )  # fmt: skip
    reconstruction_share: float = option(
        0.5, "share of gan=discogan's objective that is the cycles; the rest is the game, 0.1 of it decisions and 0.9 "
        "means of features", section="training", low=0, high=1,
    )  # fmt: skip
    curriculum_steps: int = option(
        10_000, "steps at the start of gan=discogan in which the cycles' share is 0.01", section="training", low=0,
    )  # fmt: skip
    critic_loss: str = option(
        "wgan_gp", "what the discriminators of gan=dualgan learn by: differences with weights clipped to 0.01 (wgan) "
        "or with a penalty on slopes, 10 times (wgan_gp), or cross-entropy, with two updates of the translators "
        "(classic)",
        section="training", choices=("classic", "wgan", "wgan_gp"),
    )  # fmt: skip
    autoencoding_weight: float = option(
        10.0, "factor of gan=unit and munit on what decoding changes of an encoded image, a mean absolute difference "
        "of images in [-1, 1]", section="training", low=0,
    )  # fmt: skip
    code_weight: float = option(
        1.0, "factor of gan=munit on the mean absolute differences of content and style codes of a translation from "
        "what it was made of", section="training", low=0,
    )  # fmt: skip
    halving_steps: int = option(
        100_000, "steps after which the learning rates of gan=unit, munit and text_to_image are halved, again and "
        "again; 0 is never", section="training", low=0,
    )  # fmt: skip
    identity_weight: float = option(
        0.5, "factor of gan=cyclegan, beside cycle_weight, on what a translator changes of its own target's images; 0 "
        "leaves it out", section="training", low=0,
    )  # fmt: skip
    image_buffer: int = option(
        50, "generated images that gan=cyclegan keeps for each discriminator to see again; 0 keeps none",
        section="training", low=0, high=100_000,
    )  # fmt: skip
    epoch_steps: int = option(
        0, "steps of an epoch of gan=cyclegan, pix2pix or bicyclegan, for which a learning rate that falls stays the "
        "same; 0 lets it fall with every update", section="training", low=0,
    )  # fmt: skip
    text_steps: int = option(
        2000, "steps at the start of gan=text_to_image in which its encoder of captions learns which images they "
        "belong to; generator and discriminator learn in all others", section="training", low=0,
    )  # fmt: skip
    wrong_images: float = option(
        0.5, "share of real images with a caption of another one in what the discriminator of gan=text_to_image "
        "refuses (GAN-CLS); the rest are generated images, and 0 has these alone", section="training", low=0,
        high=0.999999,
    )  # fmt: skip
    interpolated_texts: float = option(
        1.0, "factor of gan=text_to_image on what its generator makes of texts between two captions (GAN-INT); 0 "
        "leaves it out", section="training", low=0,
    )  # fmt: skip
    downscaling: str = option(
        "block", "how low-resolution images are made of a data set's for gan=srgan and esrgan: block, the means of "
        "zoom x zoom pixels, or bicubic, smoothed and sampled", section="training", choices=("bicubic", "block"),
    )  # fmt: skip
    pixel_steps: int = option(
        0, "steps of gan=srgan and esrgan, at the start, in which the generator descends on pixels alone and the "
        "discriminator waits", section="training", low=0,
    )  # fmt: skip
    pixel_weight: float = option(
        1.0, "factor on the difference of the generator's pixels from the true ones, of images in [-1, 1] "
        "(pix2pix: 100)", section="training", low=0,
    )  # fmt: skip
    perceptual: str = option(
        "none", "whose feature maps gan=srgan and esrgan compare beside pixels: classifier, of the data set; "
        "random_convolution; or a network's file, SavedModel folder, .keras or .h5", section="training",
    )  # fmt: skip
    perceptual_weight: float = option(
        1.0, "factor on the difference of feature maps of option perceptual", section="training", low=0
    )
    adversarial_loss: str = option(
        "cross_entropy", "what discriminator and generator descend on where the type has no option loss: the "
        "cross-entropy of real and generated, or squared distances of logits from 1 and 0", section="training",
        choices=("cross_entropy", "least_squares"),
    )  # fmt: skip
    adversarial_weight: float = option(
        1.0, "factor on what the discriminator says, in a generator's objective that compares images too",
        section="training", low=0,
    )  # fmt: skip
    judge_weight: float = option(
        0.135603587834, "factor on what the discriminator of gan=pixelda descends on, beside the classifier that moves "
        "with it", section="training", low=0,
    )  # fmt: skip
    classifier_moves: str = option(
        "discriminator", "with whom the classifier of gan=pixelda moves, in one update on one objective; with the "
        "generator as in PyTorch-GAN", section="training", choices=("discriminator", "generator"),
    )  # fmt: skip
    context_weight: float = option(
        1.0, "factor of gan=instagan, beside cycle_weight, on what a translator changes outside of all masks",
        section="training", low=0,
    )  # fmt: skip
    most_masks: int = option(
        4, "masks of a picture that gan=instagan translates in training, the largest ones", section="training", low=1,
        high=1000,
    )  # fmt: skip
    masks_at_once: int = option(
        2, "masks of these that one update of gan=instagan translates; the next starts with what it made",
        section="training", low=1, high=1000,
    )  # fmt: skip
    relativistic: str = option(
        "authors", "the game of gan=esrgan: that of its authors, logits against the whole batch's average, both kinds "
        "in the generator's objective; or PyTorch-GAN's, averages of each patch, one kind", section="training",
        choices=("authors", "pytorch_gan"),
    )  # fmt: skip
    hole: str = option(
        "center", "holes that gan=context_encoder learns to fill: a square of half of the sides, in the center or "
        "anywhere (square), or a smooth region of 20 to 30 % of an image, as the authors' random regions",
        section="training", choices=("center", "region", "square"),
    )  # fmt: skip
    hole_color: str = option(
        "mean", "color of holes that gan=context_encoder is shown: mean, that of photographs as its authors have it, "
        "or white, as in PyTorch-GAN", section="training", choices=("mean", "white"),
    )  # fmt: skip
    hole_overlap: int = option(
        4, "pixels of the rim of square holes of gan=context_encoder that stay visible, and are filled all the same",
        section="training", low=0, high=64,
    )  # fmt: skip
    overlap_weight: float = option(
        10.0, "how many times the difference of pixels in that rim counts", section="training", low=0
    )
    smallest_hole: float = option(
        0.5, "shortest side of the rectangles that gan=ccgan learns to fill, as a share of the image's", low=0.05,
        section="training", high=0.95,
    )  # fmt: skip
    largest_hole: float = option(
        0.5, "their longest side, likewise; both sides of a rectangle are drawn apart", section="training", low=0.05,
        high=0.95,
    )  # fmt: skip
    style_settings: str = option(
        "none", "published settings of gan=stylegan2, which bring networks, rates, weights and average for the size of "
        "the images and the batch: configurations E and F of StyleGAN2, and auto, cifar and paper of StyleGAN2-ADA",
        section="training", choices=("auto", "cifar", "config_e", "config_f", "none", "paper"),
    )  # fmt: skip
    style_mixing: float = option(
        0.9, "how often layers of gan=stylegan or stylegan2 from some one on take the styles of other latents, per "
        "update", section="training", low=0, high=1,
    )  # fmt: skip
    r1_gamma: float = option(
        10.0, "factor on half the squared slope (R1) of gan=stylegan, stylegan2 and r3gan (R2, too), of images in "
        "[-1, 1]; 0 leaves it out", section="training", low=0,
    )  # fmt: skip
    r1_interval: int = option(
        16, "steps from one update of gan=stylegan2 on R1 to the next; its weight is so many times as large",
        section="training", low=1, high=10_000,
    )  # fmt: skip
    final_r1_gamma: float = option(0.0, "r1_gamma of gan=r3gan at the end of its schedule", section="training", low=0)
    schedule_kimg: float = option(
        0.0, "thousands of images over which the numbers of gan=r3gan go from their first to their last values; 0 is "
        "the whole training (published: 20000, for ImageNet 200000)", section="training", low=0, high=1e9,
    )  # fmt: skip
    final_rate_factor: float = option(
        1.0, "learning rates of gan=r3gan at the end of their schedule as a multiple of those in the first step",
        section="training", low=0, high=1000,
    )  # fmt: skip
    final_beta2: float = option(
        0.999, "beta2 of gan=r3gan at the end of its schedule", section="training", low=0, high=0.999999
    )
    final_ema_share: float = option(
        0.0, "half-life of the generator's average of gan=r3gan at the end of its schedule, as a share of the "
        "schedule's images, from 0 in the first step (published: 0.25 for CIFAR-10 and ImageNet, 0.025 for FFHQ); 0 "
        "keeps none, and ema_decay takes its place", section="training", low=0, high=10,
    )  # fmt: skip
    path_length_weight: float = option(
        2.0, "factor on the path length regularization of gan=stylegan2; 0 leaves it out", section="training", low=0
    )
    path_length_interval: int = option(
        4, "steps from one update of gan=stylegan2 on path lengths to the next; its weight is so many times as large",
        section="training", low=1, high=10_000,
    )  # fmt: skip
    growing_from: int = option(
        0, "side of the images that a training begins with, a power of two, whose double is faded in next, up to the "
        "data set's; 0 trains the whole side from the start", section="training", low=0, high=2**20,
    )  # fmt: skip
    growing_stable_kimg: float = option(
        600.0, "thousands of images that a side is trained alone before the next one is faded in", section="training",
        low=0, high=1e9,
    )  # fmt: skip
    growing_fade_kimg: float = option(
        600.0, "thousands of images in which a side is faded in", section="training", low=0, high=1e9
    )
    growing_batch_sizes: str = option(
        "", "batch sizes by the side that is shown, such as 4:128,32:64, each from its side on; below the first one, "
        "and without any, batch_size", section="training",
    )  # fmt: skip
    growing_rates: str = option(
        "", "factors on both learning rates by the side that is shown, such as 128:1.5,256:2, each from its side on; "
        "else 1", section="training",
    )  # fmt: skip
    slope_weight: float = option(
        10.0, "factor of gan=pggan on the squared difference of slopes from slope_target, divided by its square "
        "(WGAN-GP); slopes are of images in [-1, 1]", section="training", low=0,
    )  # fmt: skip
    slope_target: float = option(
        1.0, "length that slopes of the discriminator of gan=pggan are to have (750 in the paper's best training on "
        "CIFAR-10)", section="training", low=0, open_low=True,
    )  # fmt: skip
    drift_weight: float = option(
        0.001, "factor of gan=pggan on the squared score of real images, which keeps scores near 0", section="training",
        low=0,
    )  # fmt: skip
    noise_weight: float = option(
        10.0, "factor of gan=clustergan on the squared error of the noise that its encoder finds (beta_n); 0 leaves it "
        "out", section="training", low=0,
    )  # fmt: skip
    cluster_weight: float = option(
        10.0, "factor of gan=clustergan on the cross-entropy of the cluster that its encoder finds (beta_c)",
        section="training", low=0,
    )  # fmt: skip
    correlation_weight: float = option(
        0.5, "factor of gan=ogan on the correlation of latents with codes of their images (lambda); 0 only measures it",
        section="training", low=0,
    )  # fmt: skip
    encoder_rate: float = option(
        10.0, "learning rate of the encoder of gan=bigbigan as a multiple of the generator's", section="training",
        low=0, open_low=True,
    )  # fmt: skip
    self_supervision: str = option(
        "none", "what else the discriminator learns: the rotation of images, or that and nothing "
        "adversarial", section="training", choices=("none", "rotation", "rotation_only"),
    )  # fmt: skip
    rotated_batch_size: int = option(
        64, "images in the rotation loss of each network, over all devices: a quarter of them are chosen from the "
        "batch, and shown at four angles", section="training", low=4,
    )  # fmt: skip
    d_rotation_weight: float = option(
        1.0, "factor on the rotation loss of the discriminator (beta of SSGAN)", section="training", low=0
    )
    g_rotation_weight: float = option(
        0.2, "factor on the rotation loss of the generator (alpha of SSGAN)", section="training", low=0
    )
    class_predictor: bool = option(
        False, "whether S3GAN guesses the classes of images without a label", section="training"
    )
    soft_predictions: bool = option(
        False, "whether such a guess is a distribution over the classes, not the likeliest one", section="training"
    )
    class_weight: float = option(
        1.0, "factor on what the discriminator of gan=s3gan (with class_predictor), acgan, ccgan, cogan_adaptation or "
        "stargan, or the classifier of pixelda, learns of classes", section="training", low=0,
    )  # fmt: skip
    feature_distance_weight: float = option(
        0.01, "factor on the squared distance of the features of generated pairs, which the discriminator of "
        "gan=cogan_adaptation makes small", section="training", low=0,
    )  # fmt: skip
    g_class_weight: float = option(
        1.0, "factor on the class that the discriminator of gan=acgan or stargan, or the classifier of pixelda, sees "
        "in generated images, in the generator's objective (later users of ACGAN have 0.1)", section="training", low=0,
    )  # fmt: skip
    class_of_generated: bool = option(
        True, "whether the discriminator of gan=acgan also learns that generated images are of the classes that they "
        "were asked for, as in the paper; later users have real images only", section="training",
    )  # fmt: skip
    information_weight: float = option(
        1.0, "factor on the bound of the information about codes of gan=infogan in images (lambda)",
        section="training", low=0,
    )  # fmt: skip
    continuous_code_weight: float = option(
        1.0, "further factor on that bound for codes that are numbers", section="training", low=0
    )
    information_update: str = option(
        "joint", "whether gan=infogan raises that bound in the updates of discriminator and generator (joint), or in "
        "one of both together with an optimizer and latents of its own (apart, as PyTorch-GAN)", section="training",
        choices=("apart", "joint"),
    )  # fmt: skip
    first_update: str = option(
        "discriminator", "who is updated first in a step; after the generator, the discriminator sees the images that "
        "were made before (PyTorch-GAN's order)", section="training", choices=("discriminator", "generator"),
    )  # fmt: skip
    batch_size: int = option(
        64,
        "real images per update of the discriminator, over all devices",
        section="training",
        low=1,
        high=2**20,
    )
    accumulation_steps: int = option(
        1, "number of microbatches that an update takes one after the other to save memory; batch norm takes each by "
        "itself, and a batch whose images an objective compares is not cut", section="training", low=1, high=2**20,
    )  # fmt: skip
    gradient_checkpointing: bool = option(
        False, "whether residual blocks and self-attention compute their activations again for the gradient instead of "
        "keeping them: less memory, but for that of a gradient penalty, for one more forward pass", section="training",
    )  # fmt: skip
    training_steps: int = option(
        40000, "updates of the generator; 0 only of a gan that is not trained by steps, which brings it",
        section="training", low=0, high=99_999_999,
    )  # fmt: skip
    disc_iters: int = option(
        1, "updates of the discriminator per update of the generator", section="training", low=1, high=1000
    )
    g_optimizer: str = option(
        "adam",
        "optimizer of the generator; momentum is SGD along an average of the gradients, of decay beta1",
        section="training",
        choices=("adam", "momentum", "rmsprop", "sgd"),
    )
    d_optimizer: str = option(
        "adam",
        "optimizer of the discriminator, likewise",
        section="training",
        choices=("adam", "momentum", "rmsprop", "sgd"),
    )
    g_learning_rate: float = option(2e-4, "learning rate of the generator", section="training", low=0, open_low=True)
    d_learning_rate: float = option(
        2e-4, "learning rate of the discriminator", section="training", low=0, open_low=True
    )
    learning_rate_decay: float = option(
        0.0, "share of the training, at its end, over which both learning rates fall linearly to zero",
        section="training", low=0, high=1,
    )  # fmt: skip
    beta1: float = option(
        0.5, "Adam's decay of the first moment, or that of optimizer momentum; below 1", section="training", low=0,
        high=0.999999,
    )  # fmt: skip
    beta2: float = option(0.999, "Adam's decay of the second moment, below 1", section="training", low=0, high=0.999999)
    l2_in_gradient: float = option(
        0.0, "this times the weights is added to their gradients, before an optimizer's moments (PyTorch's "
        "weight_decay); 0 adds nothing", section="training", low=0, high=1,
    )  # fmt: skip
    gradient_clipping: float = option(
        0.0, "length to which the gradient of each network is shortened if it is longer; 0 leaves it as it is",
        section="training", low=0,
    )  # fmt: skip
    ema_decay: float = option(
        0.0, "decay of the running average of the generator; 0 keeps none (evaluated_weights says what it is for)",
        section="training", low=0, high=0.999999,
    )  # fmt: skip
    ema_start_step: int = option(
        0, "generator step before which the average is the latest generator", section="training", low=0
    )
    ema_kimg: float = option(
        0.0, "thousands of images in which the running average forgets half of what it was, in place of ema_decay and "
        "whatever the batch size; 0 takes ema_decay", section="training", low=0, high=10_000_000,
    )  # fmt: skip
    ema_rampup: float = option(
        0.0, "share of the images seen so far that this is at most, so that the average is new in the beginning "
        "(StyleGAN2-ADA: 0.05); 0 is no bound", section="training", low=0, high=1000,
    )  # fmt: skip
    d_ema_decay: float = option(
        0.0, "decay of the running average of a semi-supervised GAN's discriminator, which then classifies; 0 keeps "
        "none", section="training", low=0, high=0.999999,
    )  # fmt: skip
    d_ema_from_zero: bool = option(
        False, "whether that average starts at zero, without a correction, as in Improved Techniques; else at the "
        "initial weights", section="training",
    )  # fmt: skip
    latents: str = option(
        "fresh", "whether the generator's update draws its own latents or reuses the discriminator's last ones",
        section="training", choices=("fresh", "reused"),
    )  # fmt: skip
    judge: str = option(
        "together", "whether the discriminator sees real and generated images in one call (shared batch statistics)",
        section="training", choices=("apart", "together"),
    )  # fmt: skip
    reference: str = option(
        "none", "do as that version of compare_gan did where it differs (see the README); brings latents=reused, "
        "d_conditioning=none and, before v3, judge=apart", section="training",
        choices=("none", "v1", "v2", "v3"),
    )  # fmt: skip
    precision: str = option(
        "float32", "of activations and products in training steps; weights, statistics, spectral norm, losses and "
        "penalties, and all of an evaluation or export, are float32", section="training",
        choices=("float32", "mixed_bfloat16", "mixed_float16"),
    )  # fmt: skip
    start_from: str = option(
        "", "folder of another task, or of one of its checkpoints, with whose weights this one begins at step 0; "
        "optimizers and states begin anew; pggan, stylegan, stylegan2 and r3gan can begin with networks of smaller "
        "images", section="training",
    )  # fmt: skip
    networks_from: str = option(
        "", "folder of another task, or of one of its checkpoints, whose finished networks are this one's frozen ones, "
        "of GAN types that have some", section="training",
    )  # fmt: skip
    remembered_images: int = option(
        10_000, "training images of each kind among which gan=baseline looks for the nearest, or draws; any of them "
        "if there are more", section="training", low=1, high=1_000_000,
    )  # fmt: skip
    predictor_epochs: int = option(
        1, "passes over the training images in which gan=tlgan's predictor of classes learns", section="training",
        low=1, high=1000,
    )  # fmt: skip
    axis_samples: int = option(
        20_000, "generated images whose classes gan=tlgan regresses on their latents", section="training", low=2,
        high=10_000_000,
    )  # fmt: skip
    axis_base: str = option(
        "none", "classes, by name with commas between, that no edit of gan=tlgan towards another class is to change: "
        "other axes are made orthogonal to theirs; all makes all orthogonal, in their order", section="training",
    )  # fmt: skip
    axis_distance: float = option(
        4.0, "how far an edit of gan=tlgan moves latents along the axis of a class", section="training", low=0,
    )  # fmt: skip
    seed: int = option(
        0, "decides initial weights, latents, labels and the order of the data", section="training", low=0,
        high=2**31 - 1,
    )  # fmt: skip

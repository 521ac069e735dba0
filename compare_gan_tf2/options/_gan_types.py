"""Options that only one GAN type, or a few, take."""

from __future__ import annotations

import dataclasses
import functools

from compare_gan_tf2.options import _field

option = functools.partial(_field.option, section="single GAN types")


@dataclasses.dataclass(frozen=True)
class GanTypeOptions:
    """What single GAN types take from a task: weights of their terms, their schedules, and how they see images."""

    unlabeled_weight: float = option(
        1.0, "weight of unlabeled and generated images in the discriminator's objective of semi-supervised GANs; 0 "
        "trains a classifier on labeled images only", low=0,
    )  # fmt: skip
    data_start_images: int = option(
        0, "number of training images for the data-dependent initialization of weight norm and minibatch "
        "discrimination in a semi-supervised GAN's discriminator (outputs start with mean 0 and standard deviation 1); "
        "0 leaves it out", low=0, high=2**20,
    )  # fmt: skip
    diversity_ratio: float = option(
        0.75, "gamma of BEGAN: target ratio of the reconstruction errors of generated and real images", low=0, high=1,
    )  # fmt: skip
    proportional_gain: float = option(0.001, "lambda of BEGAN: how fast its control variable k changes", low=0)
    margin: float = option(
        10.0, "margin m of EBGAN: the discriminator raises the energy of generated images up to this value",
        low=0, open_low=True,
    )  # fmt: skip
    pull_away_weight: float = option(0.1, "weight of EBGAN's pull-away term in the generator's objective", low=0)
    reconstruction_loss: str = option(
        "squared", "reconstruction loss of adversarial autoencoders and of types that restore images: mean absolute or "
        "mean squared difference, pixels in [-1, 1]", choices=("absolute", "squared"),
    )  # fmt: skip
    regularization_weight: float = option(
        0.0, "weight of the adversarial loss of gan=aae if encoder and decoder have one joint update, in which the "
        "weight of the reconstruction loss is 1 minus this value (PyTorch-GAN: 0.001); 0 updates them for each loss "
        "separately, as in the paper", low=0, high=0.999999,
    )  # fmt: skip
    posterior: str = option(
        "point", "what the encoder of gan=aae returns for an image: point (one code) or gaussian (a Gaussian from "
        "which training draws codes)", choices=("gaussian", "point"),
    )  # fmt: skip
    code_noise: float = option(
        0.3, "standard deviation of the noise that adversarial autoencoders add to all inputs of their discriminators "
        "of codes", low=0,
    )  # fmt: skip
    similarity_weight: float = option(
        1e-5, "gamma of gan=vae_gan: weight of the feature reconstruction error in the decoder's objective; the weight "
        "of the adversarial loss is 1 - gamma; the error is a sum over a layer, so gamma depends on the layer's size "
        "(paper: 1e-6, CIFAR-10 1e-5)", low=0, high=1,
    )  # fmt: skip
    similarity_layer: int = option(
        0, "layer of the discriminator of gan=vae_gan whose outputs are compared, counted from 1 among layers with "
        "kernels; 0 is the last convolution, or the last layer if there is none", low=0, high=1000,
    )  # fmt: skip
    judges_reconstructions: bool = option(
        False, "show the discriminator of gan=vae_gan reconstructions as well as samples, as in the paper's text; the "
        "authors' trainings used samples only",
    )  # fmt: skip
    decoder_loss: str = option(
        "saturating", "adversarial loss of the decoder of gan=vae_gan: saturating (minus the discriminator's loss on "
        "generated images, as in the authors' code; images that the discriminator surely rejects have next to no "
        "gradient) or non_saturating (-log p of generated images)",
        choices=("saturating", "non_saturating"),
    )  # fmt: skip
    gate_margin: float = option(
        0.35, "for gan=vae_gan: skip the update of the discriminator while one of its mean losses is below 0.68 - "
        "gate_margin, and the update of the decoder while one is above 0.68 + gate_margin; 0 always updates both",
        low=0,
    )  # fmt: skip
    latent_weight: float = option(
        0.5, "weight of the latent reconstruction of gan=bicyclegan: mean absolute difference between drawn latents "
        "and those that the encoder finds in the output", low=0,
    )  # fmt: skip
    kl_weight: float = option(
        0.01, "weight of the term that keeps codes close to the prior: for gan=bicyclegan the KL divergence, summed "
        "over latents and images; for gan=unit the mean square of the codes", low=0,
    )  # fmt: skip
    cycle_weight: float = option(
        10.0, "weight of the cycle consistency loss of translators: mean absolute difference, pixels in [-1, 1]", low=0,
    )  # fmt: skip
    reconstruction_share: float = option(
        0.5, "share of the cycle reconstruction in the objective of gan=discogan; of the rest, 0.1 is the adversarial "
        "loss and 0.9 feature matching", low=0, high=1,
    )  # fmt: skip
    curriculum_steps: int = option(
        10_000, "number of steps at the start of gan=discogan in which the share of the cycle reconstruction is 0.01",
        low=0,
    )  # fmt: skip
    critic_loss: str = option(
        "wgan_gp", "objective of the discriminators of gan=dualgan: wgan (Wasserstein, weights clipped to 0.01), "
        "wgan_gp (Wasserstein, gradient penalty times 10) or classic (cross-entropy, with two updates of the "
        "translators)", choices=("classic", "wgan", "wgan_gp"),
    )  # fmt: skip
    autoencoding_weight: float = option(
        10.0, "weight of the image reconstruction of gan=unit and munit: mean absolute difference, pixels in [-1, 1]",
        low=0,
    )  # fmt: skip
    code_weight: float = option(
        1.0, "weight of the code reconstruction of gan=munit: mean absolute difference between the codes (content and "
        "style) that a translation was made from and the codes that the encoder finds in it", low=0,
    )  # fmt: skip
    halving_steps: int = option(
        100_000, "number of steps after which the learning rates of gan=unit, munit and text_to_image are halved, "
        "again and again; 0 never halves them", low=0,
    )  # fmt: skip
    identity_weight: float = option(
        0.5, "weight of the identity loss of gan=cyclegan and instagan, relative to cycle_weight: how much a "
        "translator changes images of its target domain; 0 leaves it out", low=0,
    )  # fmt: skip
    image_buffer: int = option(
        50, "number of earlier generated images that gan=cyclegan and instagan keep for each discriminator, to show "
        "some of them again; 0 keeps none", low=0, high=100_000,
    )  # fmt: skip
    epoch_steps: int = option(
        0, "steps per epoch of gan=cyclegan, instagan, pix2pix or bicyclegan: a falling learning rate stays constant "
        "within an epoch; 0 lets it fall with every update", low=0,
    )  # fmt: skip
    text_steps: int = option(
        2000, "number of steps at the start of gan=text_to_image that train its caption encoder, to match captions "
        "with images; all later steps train generator and discriminator", low=0,
    )  # fmt: skip
    wrong_images: float = option(
        0.5, "share of real images with a wrong caption among the negative examples of gan=text_to_image's "
        "discriminator (GAN-CLS); the rest are generated images; 0 uses generated images only",
        low=0, high=0.999999,
    )  # fmt: skip
    interpolated_texts: float = option(
        1.0, "weight of the generator's loss on interpolations between two caption vectors, for gan=text_to_image "
        "(GAN-INT); 0 leaves it out", low=0,
    )  # fmt: skip
    downscaling: str = option(
        "block", "how gan=srgan and esrgan make low-resolution images: block (means of zoom x zoom pixels) or bicubic "
        "(with antialiasing)", choices=("bicubic", "block"),
    )  # fmt: skip
    pixel_steps: int = option(
        0, "number of steps at the start of gan=srgan and esrgan that train the generator on pixel differences only, "
        "without the discriminator", low=0,
    )  # fmt: skip
    pixel_weight: float = option(
        1.0, "weight of the difference between generated and true pixels, which are in [-1, 1] (100 in pix2pix)", low=0
    )
    perceptual: str = option(
        "none", "network whose feature maps gan=srgan and esrgan compare, in addition to pixels: none, classifier (the "
        "data set's own), random_convolution, or a path: SavedModel folder, .keras or .h5 file",
    )  # fmt: skip
    perceptual_weight: float = option(1.0, "weight of the difference of feature maps (option perceptual)", low=0)
    adversarial_loss: str = option(
        "cross_entropy", "adversarial loss of GAN types that do not have option loss: cross_entropy, or least_squares "
        "(squared distance of logits from 1 and 0)", choices=("cross_entropy", "least_squares"),
    )  # fmt: skip
    adversarial_weight: float = option(
        1.0, "weight of the adversarial loss in generators' objectives that also compare images",
        low=0,
    )  # fmt: skip
    judge_weight: float = option(
        0.135603587834, "weight of the discriminator's loss in gan=pixelda, relative to the loss of the classifier "
        "that is updated together with it", low=0,
    )  # fmt: skip
    classifier_moves: str = option(
        "discriminator", "network of gan=pixelda that is updated together with the classifier, for a common objective: "
        "discriminator, or generator (as in PyTorch-GAN)", choices=("discriminator", "generator"),
    )  # fmt: skip
    context_weight: float = option(
        1.0, "weight, relative to cycle_weight, of changes that translators of gan=instagan make outside of all masks",
        low=0,
    )  # fmt: skip
    most_masks: int = option(
        4, "largest number of masks per picture that gan=instagan translates in training; of more masks it takes the "
        "largest ones", low=1, high=1000,
    )  # fmt: skip
    masks_at_once: int = option(
        2, "number of masks that gan=instagan translates in one update; the next update starts from the result",
        low=1, high=1000,
    )  # fmt: skip
    relativistic: str = option(
        "authors", "relativistic loss of gan=esrgan: authors (logits relative to the mean of the whole batch; real and "
        "generated images in the generator's objective) or pytorch_gan (relative to the mean for each patch; generated "
        "images only)", choices=("authors", "pytorch_gan"),
    )  # fmt: skip
    hole: str = option(
        "center", "holes that gan=context_encoder learns to fill: center (a square of half the sides, in the center), "
        "square (the same square anywhere) or region (a smooth region of 20 to 30 % of the image, like the authors' "
        "random regions)", choices=("center", "region", "square"),
    )  # fmt: skip
    hole_color: str = option(
        "mean", "color that gan=context_encoder sees in holes: mean (of photographs, as in the authors' code) or white "
        "(as in PyTorch-GAN)", choices=("mean", "white"),
    )  # fmt: skip
    hole_overlap: int = option(
        4, "width in pixels of the rim of square holes that gan=context_encoder can see, although it must predict the "
        "rim, too", low=0, high=64,
    )  # fmt: skip
    overlap_weight: float = option(
        10.0, "factor on pixel differences in the visible rim of holes (option hole_overlap)", low=0
    )
    smallest_hole: float = option(
        0.5, "smallest side of the rectangles that gan=ccgan learns to fill, as a share of the image's side",
        low=0.05, high=0.95,
    )  # fmt: skip
    largest_hole: float = option(
        0.5, "largest side of the rectangles that gan=ccgan learns to fill, as a share of the image's side; width and "
        "height are drawn independently", low=0.05, high=0.95,
    )  # fmt: skip
    style_settings: str = option(
        "none", "published settings of gan=stylegan2 for the image size and the batch size (networks, learning rates, "
        "weights, running average): config_e and config_f of StyleGAN2; auto, cifar and paper of StyleGAN2-ADA",
        choices=("auto", "cifar", "config_e", "config_f", "none", "paper"),
    )  # fmt: skip
    style_mixing: float = option(
        0.9, "probability that an update of gan=stylegan or stylegan2 mixes styles: from a random layer on, the styles "
        "are those of other latents", low=0, high=1,
    )  # fmt: skip
    r1_gamma: float = option(
        10.0, "weight of the R1 penalty of gan=stylegan, stylegan2 and r3gan (for r3gan also of R2), which is half the "
        "squared gradient norm, for pixels in [-1, 1]; 0 leaves it out", low=0,
    )  # fmt: skip
    r1_interval: int = option(
        16, "steps between two R1 updates of gan=stylegan2 (lazy regularization); the weight of R1 is multiplied by "
        "this number", low=1, high=10_000,
    )  # fmt: skip
    final_r1_gamma: float = option(0.0, "value of r1_gamma at the end of the schedule of gan=r3gan", low=0)
    schedule_kimg: float = option(
        0.0, "thousands of images over which the scheduled values of gan=r3gan change from first to last; 0 is the "
        "whole training (published: 20000, for ImageNet 200000)", low=0, high=1e9,
    )  # fmt: skip
    final_rate_factor: float = option(
        1.0, "learning rates at the end of the schedule of gan=r3gan, as a multiple of those in the first step",
        low=0, high=1000,
    )  # fmt: skip
    final_beta2: float = option(0.999, "value of beta2 at the end of the schedule of gan=r3gan", low=0, high=0.999999)
    final_ema_share: float = option(
        0.0, "half-life of the generator's running average at the end of the schedule of gan=r3gan, as a share of the "
        "schedule's images; it starts at 0 (published: 0.25 for CIFAR-10 and ImageNet, 0.025 for FFHQ); 0 uses "
        "ema_decay instead", low=0, high=10,
    )  # fmt: skip
    path_length_weight: float = option(
        2.0, "weight of the path length regularization of gan=stylegan2; 0 leaves it out", low=0
    )
    path_length_interval: int = option(
        4, "steps between two path length updates of gan=stylegan2 (lazy regularization); the weight is multiplied by "
        "this number", low=1, high=10_000,
    )  # fmt: skip
    growing_from: int = option(
        0, "side of the images at the start of a training whose networks grow, a power of two; the side doubles until "
        "it is the data set's; 0 trains at full size from the start", low=0, high=2**20,
    )  # fmt: skip
    growing_stable_kimg: float = option(
        600.0, "thousands of images on which each size is trained before the next one is faded in, for networks that "
        "grow", low=0, high=1e9,
    )  # fmt: skip
    growing_fade_kimg: float = option(
        600.0, "thousands of images over which the next size is faded in, for networks that grow",
        low=0, high=1e9,
    )  # fmt: skip
    growing_batch_sizes: str = option(
        "", "batch sizes by the current side of the images, for networks that grow: 4:128,32:64 is 128 from side 4 on "
        "and 64 from side 32 on; batch_size for sides that are not covered",
    )  # fmt: skip
    growing_rates: str = option(
        "", "factors on both learning rates by the current side of the images, for networks that grow: 128:1.5,256:2 "
        "is 1.5 from side 128 on and 2 from side 256 on; 1 for sides that are not covered",
    )  # fmt: skip
    slope_weight: float = option(
        10.0, "weight of the gradient penalty of gan=pggan (WGAN-GP): squared difference between gradient norms and "
        "slope_target, divided by slope_target squared; pixels in [-1, 1]", low=0,
    )  # fmt: skip
    slope_target: float = option(
        1.0, "target of gradient norms in the gradient penalty of gan=pggan (750 in the paper's best training on "
        "CIFAR-10)", low=0, open_low=True,
    )  # fmt: skip
    drift_weight: float = option(
        0.001, "weight of the squared logits of real images in gan=pggan, which keeps logits near 0", low=0,
    )  # fmt: skip
    noise_weight: float = option(
        10.0, "weight of the squared error with which the encoder of gan=clustergan recovers the noise from generated "
        "images (beta_n); 0 leaves it out", low=0,
    )  # fmt: skip
    cluster_weight: float = option(
        10.0, "weight of the cross-entropy with which the encoder of gan=clustergan recovers the cluster from "
        "generated images (beta_c)", low=0,
    )  # fmt: skip
    correlation_weight: float = option(
        0.5, "weight of the correlation between latents and the codes of their images in gan=ogan (lambda); 0 only "
        "measures it", low=0,
    )  # fmt: skip
    encoder_rate: float = option(
        10.0, "learning rate of the encoder of gan=bigbigan, as a multiple of the generator's",
        low=0, open_low=True,
    )  # fmt: skip
    class_predictor: bool = option(False, "let S3GAN predict the classes of unlabeled images")
    soft_predictions: bool = option(
        False, "use S3GAN's predictions as distributions over the classes instead of the most likely class"
    )
    class_weight: float = option(
        1.0, "weight of the classification loss: in the discriminator of gan=s3gan (with class_predictor), acgan, "
        "ccgan, cogan_adaptation and stargan, or in the classifier of pixelda", low=0,
    )  # fmt: skip
    feature_distance_weight: float = option(
        0.01, "weight of a term of the discriminator's objective in gan=cogan_adaptation: the squared distance between "
        "the features of a generated image of one domain and its counterpart in the other", low=0,
    )  # fmt: skip
    g_class_weight: float = option(
        1.0, "weight of the classification loss of generated images in the generator's objective of gan=acgan, stargan "
        "and pixelda (later users of ACGAN have 0.1)", low=0,
    )  # fmt: skip
    class_of_generated: bool = option(
        True, "also train the class output of gan=acgan's discriminator on generated images, as in the paper; later "
        "users train it on real images only",
    )  # fmt: skip
    information_weight: float = option(1.0, "weight of the mutual information bound of gan=infogan (lambda)", low=0)
    continuous_code_weight: float = option(
        1.0, "additional factor on the mutual information bound for continuous codes, for gan=infogan", low=0,
    )  # fmt: skip
    information_update: str = option(
        "joint", "how gan=infogan maximizes the mutual information bound: joint (in the updates of discriminator and "
        "generator) or apart (in an update of both networks with its own optimizer and latents, as PyTorch-GAN does)",
        choices=("apart", "joint"),
    )  # fmt: skip
    remembered_images: int = option(
        10_000, "number of training images of each kind that gan=baseline keeps, to find the nearest or to draw from; "
        "a random choice if there are more", low=1, high=1_000_000,
    )  # fmt: skip
    predictor_epochs: int = option(
        1, "number of epochs that train the class predictor of gan=tlgan on the training images",
        low=1, high=1000,
    )  # fmt: skip
    axis_samples: int = option(
        20_000, "number of generated images for the regression of gan=tlgan, which predicts their classes from their "
        "latents", low=2, high=10_000_000,
    )  # fmt: skip
    axis_base: str = option(
        "none", "comma-separated names of classes that edits of gan=tlgan towards other classes must not change: the "
        "axes of all other classes are made orthogonal to theirs; all makes every axis orthogonal to those before it; "
        "none leaves the axes as they are",
    )  # fmt: skip
    axis_distance: float = option(
        4.0, "distance by which an edit of gan=tlgan moves latents along the axis of a class", low=0
    )

"""Options of the networks."""

from __future__ import annotations

import dataclasses

from compare_gan_tf2.options._field import option


@dataclasses.dataclass(frozen=True)
class NetworkOptions:
    """What is trained."""

    gan: str = option(
        "modular", "who is updated when, on which objective; some bring other options, see their list",
        section="networks", kind="gans",
    )  # fmt: skip
    architecture: str = option(
        "infogan", "the pair of generator and discriminator; some bring other options, see their list",
        section="networks", kind="architectures",
    )  # fmt: skip
    width: float = option(
        1.0, "factor on the channels of every hidden layer; 1 is the published network", section="networks",
        low=0, high=16, open_low=True,
    )  # fmt: skip
    z_dim: int = option(128, "length of the latent vector", section="networks", low=1, high=65536)
    z_distribution: str = option(
        "uniform", "uniform on [-1, 1], standard normal, or normal drawn again beyond two deviations",
        section="networks", choices=("normal", "truncated", "uniform"),
    )  # fmt: skip
    codes: str = option(
        "", "codes beside the noise in the latents of gan=infogan, comma-separated, in order: cat10 is one of ten "
        "classes, unif2 two numbers uniform on [-1, 1], norm2 two standard normal ones", section="networks",
    )  # fmt: skip
    learned_deviation: bool = option(
        False, "whether gan=infogan also guesses how far off its guesses of continuous codes are; else that is 1",
        section="networks",
    )  # fmt: skip
    g_normalization: str = option(
        "batch", "normalization of the generator's activations", section="networks", kind="normalizations"
    )
    d_normalization: str = option(
        "none", "normalization of the discriminator's activations", section="networks", kind="normalizations"
    )
    g_weight_normalization: str = option(
        "none", "normalization of the generator's kernels", section="networks", kind="weight_normalizations"
    )
    d_weight_normalization: str = option(
        "none", "normalization of the discriminator's kernels", section="networks", kind="weight_normalizations"
    )
    d_conditioning: str = option(
        "projection", "how the discriminator sees labels: inner product with its features, extra input channels, or "
        "not at all (as most of compare_gan's)", section="networks", choices=("concatenation", "none", "projection"),
    )  # fmt: skip
    g_conditioning: str = option(
        "normalization", "how the generator sees labels: in its normalization, one-hot beside its latents "
        "(concatenation), or as a learned vector that these are multiplied with", section="networks",
        choices=("concatenation", "multiplication", "normalization"),
    )  # fmt: skip
    embed_y: bool = option(
        False, "a linear embedding of the labels for the generator; an architecture that brings it has none without "
        "labels", section="networks",
    )  # fmt: skip
    embed_y_dim: int = option(
        0, "length of that embedding; 0 is the length of the latents", section="networks", low=0, high=65536
    )
    embed_z: bool = option(False, "a linear embedding of the latents, of their length", section="networks")
    embed_bias: bool = option(False, "biases in both embeddings", section="networks")
    hierarchical_z: bool = option(
        False, "cut the latents into parts, one for the seed and one for each block", section="networks"
    )
    g_attention: str = option(
        "default", "comma-separated blocks of the generator with self-attention behind them (B4), none, or default: "
        "where the published network of this size has it", section="networks",
    )  # fmt: skip
    d_attention: str = option(
        "default", "self-attention in the discriminator: names of blocks, default, or none", section="networks"
    )
    fast_conv_to_rgb: bool = option(
        False, "the generator's last convolution makes 128 channels, of which the colors are the first (compare_gan's "
        "experimental flag)", section="networks",
    )  # fmt: skip
    batch_norm_decay: float = option(
        0.9, "decay of the moving statistics of batch norm, per update", section="networks", low=0, high=1
    )
    batch_norm_epsilon: float = option(
        1e-5, "added to the variance in batch norm", section="networks", low=0, open_low=True
    )
    standing_batches: int = option(
        0, "batches whose statistics, equally weighted, replace batch norm's moving ones before a generator is "
        "evaluated or exported (BigGAN's standing statistics); 0 keeps the moving ones", section="networks", low=0,
        high=100_000,
    )  # fmt: skip
    self_modulation_units: int = option(
        32, "hidden units of self-modulated batch norm; 0 makes it linear in the latents", section="networks", low=0,
        high=65536,
    )  # fmt: skip
    spectral_iterations: int = option(
        1, "steps of power iteration per use of spectral norm", section="networks", low=1, high=100
    )
    spectral_side: str = option(
        "left", "side of the kernel matrix whose singular vector spectral norm keeps; auto takes the shorter",
        section="networks", choices=("auto", "left", "right"),
    )  # fmt: skip
    initializer: str = option(
        "normal", "initial kernels: normal, normal cut at two deviations, orthogonal, normal with variance 2 / inputs "
        "(he) or initializer_stddev^2 times 2 / (inputs + outputs) (glorot), or uniform with variance 1 / (3 inputs) "
        "(pytorch)", section="networks", choices=("glorot", "he", "normal", "orthogonal", "pytorch", "truncated"),
    )  # fmt: skip
    initializer_stddev: float = option(
        0.02, "standard deviation of normal and truncated kernels", section="networks", low=0, open_low=True
    )
    minibatch_kernels: int = option(
        0, "numbers that minibatch discrimination gives each image for its likeness to the others of its batch, before "
        "the discriminator's last layer (Improved Techniques: 100); 0 leaves it out", section="networks", low=0,
        high=65536,
    )  # fmt: skip
    minibatch_dims: int = option(
        5, "directions along which images are compared for each of these numbers", section="networks", low=1, high=1000
    )
    reference_latents: int = option(
        64, "latents of the reference batch of g_normalization=virtual_batch, which every batch carries along",
        section="networks", low=1, high=65536,
    )  # fmt: skip
    mapping_layers: int = option(
        8, "layers of gan=stylegan or stylegan2 from latents to what styles are made of", section="networks", low=1,
        high=100,
    )  # fmt: skip
    style_length: int = option(
        0, "length of the vectors w that styles of gan=stylegan2 are made of; 0 is z_dim", section="networks", low=0,
        high=65536,
    )  # fmt: skip
    label_mapping_layers: int = option(
        2, "layers of gan=stylegan2 from labels to the vector that its discriminator's features are multiplied with "
        "(StyleGAN2-ADA: 8 in PyTorch, 0 in TensorFlow)", section="networks", low=0, high=100,
    )  # fmt: skip
    g_shortcuts: str = option(
        "skip", "how sizes of the generator of gan=stylegan2 are joined: colors of all sizes added up (skip), maps "
        "added up (residual), or not at all (original)", section="networks", choices=("original", "residual", "skip"),
    )  # fmt: skip
    d_shortcuts: str = option(
        "residual", "how sizes of its discriminator are joined: maps added up (residual), the image shown to every "
        "size (skip), or not at all (original)", section="networks", choices=("original", "residual", "skip"),
    )  # fmt: skip
    channel_base: int = option(
        32768, "channels of maps of gan=stylegan2 times their side, before width; 512 channels at most (32768 is "
        "configuration F, 16384 E)", section="networks", low=1, high=2**24,
    )  # fmt: skip
    activation_clamp: float = option(
        0.0, "bound on what convolutions of gan=stylegan2 give (StyleGAN2-ADA with float16: 256); 0 is none",
        section="networks", low=0,
    )  # fmt: skip
    deviation_group: int = option(
        0, "images of a batch that the discriminator of gan=stylegan2 compares with each other, over all devices; 0 is "
        "the largest number up to 4 that divides the batch", section="networks", low=0, high=65536,
    )  # fmt: skip
    deviation_features: int = option(1, "channels that this comparison gives", section="networks", low=1, high=512)
    translator_blocks: int = option(
        0, "residual blocks of architecture=resnet_translator; 0 are 9 for images of 256 pixels, 6 from 64 on, else 4; "
        "of encoders and decoders of architecture=munit; 0 are 4 from 64 pixels on, else 2; "
        "or of a network that enlarges, 0 as published (16 of srresnet, 23 of rrdb)", section="networks", low=0,
        high=100,
    )  # fmt: skip
    bottleneck_channels: int = option(
        0, "channels of the map in the middle, times width, of architecture=context_encoder and context_encoder_patch, "
        "0 are the published 4000; of translators of architecture=discogan, 0 is no such map (extra_layers of the "
        "authors' program: 100)", section="networks", low=0, high=65536,
    )  # fmt: skip
    zoom: int = option(
        4, "how many times as large as low-resolution images, on each side, gan=srgan and esrgan make them: 2, 4 or 8",
        section="networks", low=2, high=8,
    )  # fmt: skip
    patch_layers: int = option(
        0, "layers with a stride behind the first one in discriminators of patches; 3 see patches of 70 pixels, 2 of "
        "34, 1 of 16; 0 goes by the side of the images: with architecture=resnet_translator 3 from 64 pixels on, else "
        "2; with unet 3 from 256 on, 2 from 32 on, else 1; with bicyclegan 3 from 256 on, 2 from 64 on, else 1; with "
        "munit, all layers counted, 4 or as many as the smallest size has pixels for", section="networks", low=0,
        high=6,
    )  # fmt: skip
    patch_scales: int = option(
        0, "sizes of an image, each half of the one before, that discriminators of several sizes judge; 0 is 2 with "
        "architecture=bicyclegan and 3 with munit", section="networks", low=0, high=6,
    )  # fmt: skip
    judges_pairs: bool = option(
        False, "whether the discriminators of gan=bicyclegan see the inputs beside the outputs", section="networks"
    )
    style_units: int = option(
        256, "hidden units between styles and what they do in the decoder of gan=munit", section="networks", low=1,
        high=65536,
    )  # fmt: skip
    pixel_discriminator: bool = option(
        False, "whether the discriminator of architecture=unet judges every pixel alone, by 1x1 kernels (PixelGAN)",
        section="networks",
    )  # fmt: skip
    unet_halvings: int = option(
        0, "how often U-Nets halve the sides of images, rounded up; 0 is until the shorter one is one pixel, at most 8 "
        "times", section="networks", low=0, high=10,
    )  # fmt: skip
    unet_dropout: float = option(
        0.5, "share of activations that middle levels of architecture=unet drop in training, of images of 64 pixels "
        "and more; 0 drops nothing", section="networks", low=0, high=0.99,
    )  # fmt: skip
    normalizes_one_pixel: bool = option(
        False, "whether architecture=dualgan normalizes maps of one pixel too, as the authors' program does; these "
        "become constants then, and the layers around never learn", section="networks",
    )  # fmt: skip
    stage_blocks: int = option(
        2, "residual blocks of architecture=r3gan for each size of a map", section="networks", low=1, high=20
    )
    cardinality: int = option(
        0, "groups of the 3x3 convolutions of architecture=r3gan where it is widest, elsewhere in proportion; 0 are "
        "groups of 16 channels (published for ImageNet: 96 at width=2)", section="networks", low=0, high=4096,
    )  # fmt: skip
    prior_shape: str = option(
        "none", "shape in the plane that gan=aae makes codes like, in place of z_distribution; needs z_dim=2: ten "
        "Gaussians around the middle, or a swiss roll", section="networks",
        choices=("gaussians", "none", "swiss_roll"),
    )  # fmt: skip
    prior_labels: bool = option(
        False, "whether each class of images has a part of prior_shape; the discriminator of codes is told classes",
        section="networks",
    )  # fmt: skip
    clusters: int = option(
        16, "clusters that gan=aae_clustering or clustergan sorts images into", section="networks", low=2, high=10_000
    )
    noise_scale: float = option(
        0.1, "standard deviation of the noise beside the clusters of gan=clustergan; small, so that images depend on "
        "the cluster", section="networks", low=0, high=100, open_low=True,
    )  # fmt: skip
    own_layers: int = option(
        1, "layers or blocks of gan=cogan or cogan_adaptation that each domain has for itself: the generator's last, "
        "the discriminator's first", section="networks", low=1, high=20,
    )  # fmt: skip
    pyramid_levels: int = option(
        2, "levels of architecture=lapgan above the coarsest one; each halves the sides of the images",
        section="networks", low=1, high=8,
    )  # fmt: skip
    objects: int = option(
        3, "objects that an image of gan=multigan is composed of, each with z_dim latents of its own",
        section="networks", low=1, high=100,
    )  # fmt: skip
    aggregation: str = option(
        "sum_clip", "how gan=multigan lays them over one another: sum cut to [0, 1], with an opacity that they learn, "
        "or opaque where a color is above 0.1", section="networks", choices=("alpha", "implicit_alpha", "sum_clip"),
    )  # fmt: skip
    relation_blocks: int = option(
        0, "blocks of attention among the latents of multigan's objects; 0 leaves these independent of each other",
        section="networks", low=0, high=100,
    )  # fmt: skip
    relation_heads: int = option(1, "heads of each of these blocks", section="networks", low=1, high=100)
    relation_units: int = option(
        32, "length of queries, keys and values in these blocks", section="networks", low=1, high=65536
    )
    relation_shared: bool = option(False, "whether these blocks have the same weights", section="networks")
    background: str = option(
        "none", "a background below the objects of gan=multigan, by a generator of its own: none, apart from the "
        "objects' relations, or related to them", section="networks", choices=("apart", "none", "related"),
    )  # fmt: skip
    text_units: int = option(
        1024, "length of the vectors that gan=text_to_image has for captions", section="networks", low=1, high=65536
    )
    projected_units: int = option(
        128, "length that architecture=text_to_image brings these vectors to before its networks join them with images "
        "and latents", section="networks", low=1, high=65536,
    )  # fmt: skip
    d_dropout: float = option(
        0.1, "share of activations that every layer of the discriminator of architecture=pixelda drops in training",
        section="networks", low=0, high=0.99,
    )  # fmt: skip
    d_noise: float = option(
        0.2, "deviation of the noise that every layer of the discriminator of architecture=pixelda adds in training",
        section="networks", low=0,
    )  # fmt: skip

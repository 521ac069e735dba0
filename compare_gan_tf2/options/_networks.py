"""Options of the networks."""

from __future__ import annotations

import dataclasses

from compare_gan_tf2.options._field import option


@dataclasses.dataclass(frozen=True)
class NetworkOptions:
    """What is trained."""

    gan: str = option(
        "modular", "type of GAN: which networks are updated in which order, on which objectives; some types change "
        "defaults of other options (compare_gan_list NAME shows them)", section="networks", kind="gans",
    )  # fmt: skip
    architecture: str = option(
        "infogan", "architecture of generator and discriminator; some change defaults of other options "
        "(compare_gan_list NAME shows them)", section="networks", kind="architectures",
    )  # fmt: skip
    width: float = option(
        1.0, "factor on the number of channels of every hidden layer; 1 is the published network", section="networks",
        low=0, high=16, open_low=True,
    )  # fmt: skip
    z_dim: int = option(128, "length of the latent vector", section="networks", low=1, high=65536)
    z_distribution: str = option(
        "uniform", "distribution of the latents: normal (standard normal), truncated (standard normal, drawn again "
        "beyond two standard deviations) or uniform (on [-1, 1])", section="networks",
        choices=("normal", "truncated", "uniform"),
    )  # fmt: skip
    codes: str = option(
        "", "codes in the latents of gan=infogan, in addition to the noise: a comma-separated list in the order of the "
        "latents, in which cat10 is one of ten classes, unif2 is two numbers uniform on [-1, 1], and norm2 is two "
        "standard normal numbers", section="networks",
    )  # fmt: skip
    learned_deviation: bool = option(
        False, "let gan=infogan also learn the standard deviation of its predictions of continuous codes; otherwise it "
        "is 1", section="networks",
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
        "projection", "how the discriminator sees labels: projection (inner product with its features), concatenation "
        "(extra input channels) or none (as in most discriminators of compare_gan)", section="networks",
        choices=("concatenation", "none", "projection"),
    )  # fmt: skip
    g_conditioning: str = option(
        "normalization", "how the generator sees labels: normalization (in its normalization), concatenation (one-hot, "
        "beside its latents) or multiplication (latents times a learned vector)", section="networks",
        choices=("concatenation", "multiplication", "normalization"),
    )  # fmt: skip
    embed_y: bool = option(
        False, "linear embedding of the labels in the generator; no effect without labels", section="networks"
    )
    embed_y_dim: int = option(
        0, "length of the label embedding (option embed_y); 0 is the length of the latents", section="networks", low=0,
        high=65536,
    )  # fmt: skip
    embed_z: bool = option(
        False, "linear embedding of the latents in the generator, of the same length as the latents", section="networks"
    )
    embed_bias: bool = option(
        False, "biases in the embeddings of labels and latents (options embed_y, embed_z)", section="networks"
    )
    hierarchical_z: bool = option(
        False, "split the latents into parts: one for the first layer and one for each block", section="networks"
    )
    g_attention: str = option(
        "default", "where the generator has self-attention: comma-separated names of the blocks that it follows (such "
        "as B4), none, or default (as in the published network of this size)", section="networks",
    )  # fmt: skip
    d_attention: str = option(
        "default", "where the discriminator has self-attention: comma-separated names of the blocks that it follows "
        "(such as B1), none, or default (as in the published network of this size)", section="networks",
    )  # fmt: skip
    fast_conv_to_rgb: bool = option(
        False, "give the generator's last convolution 128 output channels and use the first ones as colors "
        "(compare_gan's experimental flag)", section="networks",
    )  # fmt: skip
    batch_norm_decay: float = option(
        0.9, "decay of batch norm's moving statistics, per update", section="networks", low=0, high=1
    )
    batch_norm_epsilon: float = option(
        1e-5, "constant added to the variance in batch norm", section="networks", low=0, open_low=True
    )
    standing_batches: int = option(
        0, "number of batches whose mean statistics replace batch norm's moving statistics before a generator is "
        "evaluated or exported (BigGAN's standing statistics); 0 keeps the moving statistics", section="networks",
        low=0, high=100_000,
    )  # fmt: skip
    self_modulation_units: int = option(
        32, "hidden units in self-modulated batch norm; 0 makes it linear in the latents", section="networks", low=0,
        high=65536,
    )  # fmt: skip
    spectral_iterations: int = option(
        1, "steps of power iteration each time spectral norm is computed", section="networks", low=1, high=100
    )
    spectral_side: str = option(
        "left", "singular vector of the kernel matrix that spectral norm keeps between steps: left, right, or auto "
        "(the shorter one)", section="networks", choices=("auto", "left", "right"),
    )  # fmt: skip
    initializer: str = option(
        "normal", "initial kernels: normal, truncated (normal within two standard deviations), orthogonal, he (normal, "
        "variance 2 / inputs), glorot (normal, variance initializer_stddev^2 times 2 / (inputs + outputs)) or pytorch "
        "(uniform, variance 1 / (3 inputs))", section="networks",
        choices=("glorot", "he", "normal", "orthogonal", "pytorch", "truncated"),
    )  # fmt: skip
    initializer_stddev: float = option(
        0.02, "standard deviation of initial kernels with initializer=normal or truncated; a factor with glorot",
        section="networks", low=0, open_low=True,
    )  # fmt: skip
    minibatch_kernels: int = option(
        0, "number of features that minibatch discrimination adds before the discriminator's last layer; each compares "
        "an image with the rest of its batch (Salimans et al. 2016: 100); 0 leaves it out", section="networks", low=0,
        high=65536,
    )  # fmt: skip
    minibatch_dims: int = option(
        5, "number of dimensions in which each feature of minibatch discrimination compares images", section="networks",
        low=1, high=1000,
    )  # fmt: skip
    reference_latents: int = option(
        64, "number of latents in the fixed reference batch of g_normalization=virtual_batch; the generator processes "
        "this batch together with every other batch", section="networks", low=1, high=65536,
    )  # fmt: skip
    mapping_layers: int = option(
        8, "layers of the mapping network from latents z to w, for gan=stylegan or stylegan2", section="networks",
        low=1, high=100,
    )  # fmt: skip
    style_length: int = option(
        0, "length of the vectors w of gan=stylegan2; 0 is z_dim", section="networks", low=0, high=65536
    )
    label_mapping_layers: int = option(
        2, "layers of the network that maps labels to a vector, which multiplies the discriminator's features, for "
        "gan=stylegan2 (StyleGAN2-ADA: 8 in PyTorch, 0 in TensorFlow)", section="networks", low=0, high=100,
    )  # fmt: skip
    g_shortcuts: str = option(
        "skip", "how the generator of gan=stylegan2 combines its resolutions: skip (adds up their RGB images), "
        "residual (adds feature maps) or original (not at all)", section="networks",
        choices=("original", "residual", "skip"),
    )  # fmt: skip
    d_shortcuts: str = option(
        "residual", "how the discriminator of gan=stylegan2 combines its resolutions: residual (adds feature maps), "
        "skip (sees the image at every resolution) or original (not at all)", section="networks",
        choices=("original", "residual", "skip"),
    )  # fmt: skip
    channel_base: int = option(
        32768, "sets the number of channels of gan=stylegan2: a feature map has channel_base / side channels, at most "
        "512, times width (32768 is configuration F, 16384 is E)", section="networks", low=1, high=2**24,
    )  # fmt: skip
    activation_clamp: float = option(
        0.0, "largest absolute value that a convolution of gan=stylegan2 returns; larger values are clipped "
        "(StyleGAN2-ADA with float16: 256); 0 clips nothing", section="networks", low=0,
    )  # fmt: skip
    deviation_group: int = option(
        0, "number of images per group in the minibatch standard deviation of gan=stylegan2, over all devices; 0 is "
        "the largest number up to 4 that divides the batch", section="networks", low=0, high=65536,
    )  # fmt: skip
    deviation_features: int = option(
        1, "number of channels that the minibatch standard deviation adds, for gan=stylegan2", section="networks",
        low=1, high=512,
    )  # fmt: skip
    translator_blocks: int = option(
        0, "number of residual blocks in the generator (munit: in each encoder and decoder); 0 is the published "
        "number: resnet_translator 9 from 256 pixels, 6 from 64, 4 below; instagan 9 from 200, 6 from 64, 3 below; "
        "stargan 6 from 64, 4 below; munit 4 from 64, 2 below; pixelda 6; srresnet 16; rrdb 23", section="networks",
        low=0, high=100,
    )  # fmt: skip
    bottleneck_channels: int = option(
        0, "number of channels of the bottleneck (the feature map between encoder and decoder), times width; 0 is the "
        "published 4000 for context_encoder and context_encoder_patch, and no bottleneck for discogan (the authors' "
        "option extra_layers has 100)", section="networks", low=0, high=65536,
    )  # fmt: skip
    zoom: int = option(
        4, "factor by which gan=srgan and esrgan enlarge each side of an image: 2, 4 or 8", section="networks", low=2,
        high=8,
    )  # fmt: skip
    patch_layers: int = option(
        0, "number of strided layers after the first one in patch discriminators: with 3 a patch has 70 x 70 pixels, "
        "with 2 34 x 34, with 1 16 x 16; 0 chooses by the side of the images: resnet_translator and instagan 3 from 64 "
        "pixels, 2 below; unet 3 from 256, 2 from 32, 1 below; bicyclegan 3 from 256, 2 from 64, 1 below; munit counts "
        "the first layer too: 4, or as many as its smallest scale allows", section="networks", low=0, high=6,
    )  # fmt: skip
    patch_scales: int = option(
        0, "number of image scales that multiscale discriminators judge, each half the size of the one before; 0 is 2 "
        "for architecture=bicyclegan and 3 for munit", section="networks", low=0, high=6,
    )  # fmt: skip
    judges_pairs: bool = option(
        False, "show the discriminators of gan=bicyclegan the inputs together with the outputs", section="networks"
    )
    style_units: int = option(
        256, "hidden units of the network between styles and normalization in the decoder of gan=munit",
        section="networks", low=1, high=65536,
    )  # fmt: skip
    pixel_discriminator: bool = option(
        False, "let the discriminator of architecture=unet judge every pixel alone, by 1x1 kernels (PixelGAN)",
        section="networks",
    )  # fmt: skip
    unet_halvings: int = option(
        0, "number of times that a U-Net halves the sides of an image, rounding up; 0 halves until the shorter side is "
        "one pixel, at most 8 times", section="networks", low=0, high=10,
    )  # fmt: skip
    unet_dropout: float = option(
        0.5, "dropout rate in the middle levels of architecture=unet, for images of 64 pixels or more; 0 is no dropout",
        section="networks", low=0, high=0.99,
    )  # fmt: skip
    normalizes_one_pixel: bool = option(
        False, "let architecture=dualgan also normalize feature maps of one pixel, as the authors' code does; such "
        "maps become constant, and the layers around them never learn", section="networks",
    )  # fmt: skip
    stage_blocks: int = option(
        2, "number of residual blocks of architecture=r3gan at each resolution", section="networks", low=1, high=20
    )
    cardinality: int = option(
        0, "number of groups in the 3x3 convolutions of architecture=r3gan at its largest width; narrower layers have "
        "proportionally fewer; 0 makes groups of 16 channels (published for ImageNet: 96 at width=2)",
        section="networks", low=0, high=4096,
    )  # fmt: skip
    prior_shape: str = option(
        "none", "two-dimensional prior of the codes of gan=aae, in place of z_distribution: gaussians (ten Gaussians "
        "around the origin) or swiss_roll; needs z_dim=2", section="networks",
        choices=("gaussians", "none", "swiss_roll"),
    )  # fmt: skip
    prior_labels: bool = option(
        False, "give each class its own part of prior_shape, and show classes to the discriminator of codes",
        section="networks",
    )  # fmt: skip
    clusters: int = option(
        16, "number of clusters for gan=aae_clustering and clustergan", section="networks", low=2, high=10_000
    )
    noise_scale: float = option(
        0.1, "standard deviation of the noise in the latents of gan=clustergan, which are noise and a cluster; a small "
        "value makes the images depend on the cluster", section="networks", low=0, high=100, open_low=True,
    )  # fmt: skip
    own_layers: int = option(
        1, "number of layers or blocks that the two domains of gan=cogan or cogan_adaptation do not share: the "
        "generator's last ones and the discriminator's first ones", section="networks", low=1, high=20,
    )  # fmt: skip
    pyramid_levels: int = option(
        2, "number of levels of architecture=lapgan above the coarsest one; each doubles the side of the images",
        section="networks", low=1, high=8,
    )  # fmt: skip
    objects: int = option(
        3, "number of objects of which gan=multigan composes an image; each has z_dim latents of its own",
        section="networks", low=1, high=100,
    )  # fmt: skip
    aggregation: str = option(
        "sum_clip", "how gan=multigan combines its objects: sum_clip (sum, clipped to [0, 1]), alpha (learned opacity) "
        "or implicit_alpha (opaque where a color is above 0.1)", section="networks",
        choices=("alpha", "implicit_alpha", "sum_clip"),
    )  # fmt: skip
    relation_blocks: int = option(
        0, "number of attention blocks among the latents of the objects of gan=multigan; 0 leaves the objects "
        "independent", section="networks", low=0, high=100,
    )  # fmt: skip
    relation_heads: int = option(
        1, "number of attention heads in each relation block of gan=multigan", section="networks", low=1, high=100
    )
    relation_units: int = option(
        32, "length of queries, keys and values in the relation blocks of gan=multigan", section="networks", low=1,
        high=65536,
    )  # fmt: skip
    relation_shared: bool = option(False, "share weights among the relation blocks of gan=multigan", section="networks")
    background: str = option(
        "none", "background behind the objects of gan=multigan, from a generator of its own: none, apart (independent "
        "of the objects) or related (part of the relation blocks)", section="networks",
        choices=("apart", "none", "related"),
    )  # fmt: skip
    text_units: int = option(
        1024, "length of the caption vectors of gan=text_to_image", section="networks", low=1, high=65536
    )
    projected_units: int = option(
        128, "length to which architecture=text_to_image projects caption vectors before it joins them with images and "
        "latents", section="networks", low=1, high=65536,
    )  # fmt: skip
    d_dropout: float = option(
        0.1, "dropout rate in every layer of the discriminator of architecture=pixelda", section="networks", low=0,
        high=0.99,
    )  # fmt: skip
    d_noise: float = option(
        0.2, "standard deviation of the Gaussian noise in every layer of the discriminator of architecture=pixelda, in "
        "training", section="networks", low=0,
    )  # fmt: skip

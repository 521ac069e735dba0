"""BigGAN-deep at 32, 64, 128, 256 or 512 pixels (Brock et al. 2019, tables 7 to 9 and figure 16)."""

from __future__ import annotations

from compare_gan_tf2.architectures._blocks import Layers, relu, reshape, spatial_sum, tanh
from compare_gan_tf2.architectures._resnet import Bottleneck, ConditionedGenerator, residual_chain
from compare_gan_tf2.architectures.networks import Discriminator, Generator
from compare_gan_tf2.options import Options, architecture_limits, block_plans

# Side of the images -> names of the blocks, how they change the sides of the map, channels: the papers' ch is 128.
BLOCKS = {
    "generator": {
        32: [
            ("B1", "same", 512), ("B2", "up", 512), ("B3", "same", 512), ("B4", "up", 512), ("B5", "same", 512),
            ("B6", "up", 512), ("B7", "same", 512),
        ],
        64: [
            ("B1", "same", 2048), ("B2", "up", 2048), ("B3", "same", 2048), ("B4", "up", 1024), ("B5", "same", 1024),
            ("B6", "up", 512), ("B7", "same", 512), ("B8", "up", 256),
        ],
        128: [
            ("B1", "same", 2048), ("B2", "up", 2048), ("B3", "same", 2048), ("B4", "up", 1024), ("B5", "same", 1024),
            ("B6", "up", 512), ("B7", "same", 512), ("B8", "up", 256), ("B9", "same", 256), ("B10", "up", 128),
        ],
        256: [
            ("B1", "same", 2048), ("B2", "up", 2048), ("B3", "same", 2048), ("B4", "up", 1024), ("B5", "same", 1024),
            ("B6", "up", 1024), ("B7", "same", 1024), ("B8", "up", 512), ("B9", "same", 512), ("B10", "up", 256),
            ("B11", "same", 256), ("B12", "up", 128),
        ],
        512: [
            ("B1", "same", 2048), ("B2", "up", 2048), ("B3", "same", 2048), ("B4", "up", 1024), ("B5", "same", 1024),
            ("B6", "up", 1024), ("B7", "same", 1024), ("B8", "up", 512), ("B9", "same", 512), ("B10", "up", 256),
            ("B11", "same", 256), ("B12", "up", 128), ("B13", "same", 128), ("B14", "up", 128),
        ],
    },
    "discriminator": {
        32: [
            ("B1", "down", 256), ("B2", "same", 256), ("B3", "down", 256), ("B4", "same", 256), ("B5", "down", 256),
            ("B6", "same", 256), ("B7", "down", 256),
        ],
        64: [
            ("B1", "down", 512), ("B2", "same", 512), ("B3", "down", 1024), ("B4", "same", 1024),
            ("B5", "down", 2048), ("B6", "same", 2048), ("B7", "down", 2048), ("B8", "same", 2048),
        ],
        128: [
            ("B1", "down", 256), ("B2", "same", 256), ("B3", "down", 512), ("B4", "same", 512), ("B5", "down", 1024),
            ("B6", "same", 1024), ("B7", "down", 2048), ("B8", "same", 2048), ("B9", "down", 2048),
            ("B10", "same", 2048),
        ],
        256: [
            ("B1", "down", 256), ("B2", "same", 256), ("B3", "down", 512), ("B4", "same", 512), ("B5", "down", 1024),
            ("B6", "same", 1024), ("B7", "down", 1024), ("B8", "same", 1024), ("B9", "down", 2048),
            ("B10", "same", 2048), ("B11", "down", 2048), ("B12", "same", 2048),
        ],
        512: [
            ("B1", "down", 128), ("B2", "same", 128), ("B3", "down", 256), ("B4", "same", 256), ("B5", "down", 512),
            ("B6", "same", 512), ("B7", "down", 1024), ("B8", "same", 1024), ("B9", "down", 1024),
            ("B10", "same", 1024), ("B11", "down", 2048), ("B12", "same", 2048), ("B13", "down", 2048),
            ("B14", "same", 2048),
        ],
    },
}  # fmt: skip
ATTENTION = {
    "generator": {64: "B8", 128: "B8", 256: "B8", 512: "B8"},
    "discriminator": {128: "B2", 256: "B4", 512: "B6"},
}
HONORS = ("embed_y", "fast_conv_to_rgb", "gradient_checkpointing")
IMPLIES = {
    "embed_y": True,
    "embed_y_dim": 128,
    "d_conditioning": "projection",
    "g_normalization": "self_modulated_batch",
}
JOINS_LABELS = True
REFERENCE_VERSIONS = ("v3",)
REFERENCE_LABELS = "projection"

# Side of the images -> channels of the discriminator's first convolution.
_FIRST = {32: 256, 64: 256, 128: 128, 256: 128, 512: 128}


def generator(image_shape: tuple[int, int, int], options: Options, num_classes: int = 0) -> Generator:
    """An initial map [4, 4]; every second block doubles it; latents and embedded label, joined, condition all blocks.

    The embedding of labels is the only kernel that spectral norm leaves alone. The last norm is not conditioned.
    """
    architecture_limits.check("biggan_deep", image_shape, options, conditional=bool(num_classes))
    make = Layers(options, "generator")
    # As many channels as behind the first block.
    seed = make.channels(block_plans.blocks("biggan_deep", image_shape[0], "generator")[0].channels)
    colors = image_shape[2]
    to_colours = make.conv("final_conv", 128 if options.fast_conv_to_rgb else colors, 3)
    return ConditionedGenerator(
        [
            make.linear("fc_noise", seed * 4 * 4), reshape(4, 4, seed),
            *residual_chain(make, "biggan_deep", image_shape[0], seed, Bottleneck),
            make.unconditioned_norm("final_norm"), relu,
            to_colours, lambda x: (tanh(x[..., :colors]) + 1.0) / 2.0,
        ],
        embed_y=make.embedding("embed_y", options.embed_y_dim) if options.embed_y and num_classes else None,
        joins=JOINS_LABELS,
        z_dim=options.z_dim,
        num_classes=num_classes,
    )  # fmt: skip


def discriminator(image_shape: tuple[int, int, int], options: Options, num_classes: int = 0) -> Discriminator:
    """A convolution, blocks of which every second one halves the image; features are the sums over space [B, 2048]."""
    architecture_limits.check("biggan_deep", image_shape, options, conditional=bool(num_classes))
    make = Layers(options, "discriminator")
    first = make.channels(_FIRST[image_shape[0]])
    return Discriminator(
        [
            make.conv("initial_conv", first, 3),
            *residual_chain(make, "biggan_deep", image_shape[0], first, Bottleneck), relu, spatial_sum,
        ],
        make.linear("final_fc", 1),
        make.projection("embedding_fc"),
        image_shape=image_shape,
        num_classes=num_classes,
        concatenates=make.concatenates,
    )  # fmt: skip

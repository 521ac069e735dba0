"""BigGAN at 32, 64, 128, 256 or 512 pixels (Brock et al. 2019, tables 4 to 6 and figure 15)."""

from __future__ import annotations

from compare_gan_tf2.architectures._blocks import Layers, relu, reshape, spatial_sum, tanh
from compare_gan_tf2.architectures._resnet import Block, ConditionedGenerator, residual_chain
from compare_gan_tf2.architectures.networks import Discriminator, Generator
from compare_gan_tf2.options import Options, architecture_limits, block_plans

# Side of the images -> names of the blocks, how they change the sides of the map, channels: the papers' ch is 96.
BLOCKS = {
    "generator": {
        32: [("B1 B2 B3", "up", 384)],
        64: [("B1", "up", 1536), ("B2", "up", 768), ("B3", "up", 384), ("B4", "up", 192)],
        128: [("B1", "up", 1536), ("B2", "up", 768), ("B3", "up", 384), ("B4", "up", 192), ("B5", "up", 96)],
        256: [("B1", "up", 1536), ("B2 B3", "up", 768), ("B4", "up", 384), ("B5", "up", 192), ("B6", "up", 96)],
        512: [("B1", "up", 1536), ("B2 B3", "up", 768), ("B4", "up", 384), ("B5", "up", 192), ("B6 B7", "up", 96)],
    },
    "discriminator": {
        32: [("B1 B2 B3", "down", 192), ("B4", "same", 192)],
        64: [("B1", "down", 192), ("B2", "down", 384), ("B3", "down", 768), ("B4", "down", 1536), ("B5", "same", 1536)],
        128: [
            ("B1", "down", 96), ("B2", "down", 192), ("B3", "down", 384), ("B4", "down", 768), ("B5", "down", 1536),
            ("B6", "same", 1536),
        ],
        256: [
            ("B1", "down", 96), ("B2", "down", 192), ("B3", "down", 384), ("B4 B5", "down", 768),
            ("B6", "down", 1536), ("B7", "same", 1536),
        ],
        512: [
            ("B1 B2", "down", 96), ("B3", "down", 192), ("B4", "down", 384), ("B5 B6", "down", 768),
            ("B7", "down", 1536), ("B8", "same", 1536),
        ],
    },
}  # fmt: skip
ATTENTION = {
    "generator": {64: "B4", 128: "B4", 256: "B5", 512: "B4"},
    "discriminator": {32: "B1", 64: "B1", 128: "B1", 256: "B2", 512: "B3"},
}
HONORS = ("embed_y", "embed_z", "gradient_checkpointing", "hierarchical_z")
IMPLIES = {
    "hierarchical_z": True,
    "embed_y": True,
    "embed_y_dim": 128,
    "d_conditioning": "projection",
    "g_normalization": "self_modulated_batch",
}
REFERENCE_VERSIONS = ("v3",)
REFERENCE_LABELS = "projection"


def generator(image_shape: tuple[int, int, int], options: Options, num_classes: int = 0) -> Generator:
    """An initial map [4, 4], blocks that double it; each sees a part of the latents, with the embedded label.

    The embeddings of labels (without bias) and of latents are the only kernels that spectral norm leaves alone. The
    last norm is not conditioned.
    """
    architecture_limits.check("biggan", image_shape, options, conditional=bool(num_classes))
    make = Layers(options, "generator")
    # As many channels as behind the first block.
    seed = make.channels(block_plans.blocks("biggan", image_shape[0], "generator")[0].channels)
    return ConditionedGenerator(
        [
            make.linear("fc_noise", seed * 4 * 4), reshape(4, 4, seed),
            *residual_chain(make, "biggan", image_shape[0], seed, _block), make.unconditioned_norm("final_norm"), relu,
            make.conv("final_conv", image_shape[2], 3), lambda x: (tanh(x) + 1.0) / 2.0,
        ],
        embed_z=make.embedding("embed_z", options.z_dim) if options.embed_z else None,
        embed_y=make.embedding("embed_y", options.embed_y_dim) if options.embed_y and num_classes else None,
        hierarchical=options.hierarchical_z,
        z_dim=options.z_dim,
        num_classes=num_classes,
    )  # fmt: skip


def discriminator(image_shape: tuple[int, int, int], options: Options, num_classes: int = 0) -> Discriminator:
    """Blocks that halve the image down to [4, 4], one that does not; features are the sums over space [B, 1536].

    As in compare_gan, and other than in the paper, a block that keeps its channels has no shortcut.
    """
    architecture_limits.check("biggan", image_shape, options, conditional=bool(num_classes))
    make = Layers(options, "discriminator")
    return Discriminator(
        [*residual_chain(make, "biggan", image_shape[0], image_shape[2], _block), relu, spatial_sum],
        make.linear("final_fc", 1),
        make.projection("embedding_fc"),
        image_shape=image_shape,
        num_classes=num_classes,
        concatenates=make.concatenates,
    )


def _block(make: Layers, name: str, inputs: int, channels: int, scale: str) -> Block:
    """One block; the shortcut of a discriminator's block is missing where the channels stay the same."""
    has_shortcut = make.network == "generator" or channels != inputs
    return Block(make, name, channels, scale, shortcut=1 if has_shortcut else 0)

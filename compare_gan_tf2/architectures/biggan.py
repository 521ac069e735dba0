"""BigGAN at 32, 64, 128, 256 or 512 pixels (Brock et al. 2019, tables 4 to 6 and figure 15)."""

from __future__ import annotations

from compare_gan_tf2.architectures import possible
from compare_gan_tf2.architectures._attention import attend
from compare_gan_tf2.architectures._blocks import Layers, relu, reshape, spatial_sum, tanh
from compare_gan_tf2.architectures._resnet import Block, ConditionedGenerator
from compare_gan_tf2.architectures.networks import Discriminator, Generator
from compare_gan_tf2.options import Options

_CHANNELS = 96
# Side -> channels of the seed and of each block's output, in units of 96.
_GENERATOR = {
    32: (4, 4, 4, 4),
    64: (16, 16, 8, 4, 2),
    128: (16, 16, 8, 4, 2, 1),
    256: (16, 16, 8, 8, 4, 2, 1),
    512: (16, 16, 8, 8, 4, 2, 1, 1),
}
# Side -> channels of each block's output; all blocks but the last one halve the image.
_DISCRIMINATOR = {
    32: (2, 2, 2, 2),
    64: (2, 4, 8, 16, 16),
    128: (1, 2, 4, 8, 16, 16),
    256: (1, 2, 4, 8, 8, 16, 16),
    512: (1, 1, 2, 4, 8, 8, 16, 16),
}


def generator(image_shape: tuple[int, int, int], options: Options, num_classes: int = 0) -> Generator:
    """A seed [4, 4], blocks that double it; each sees a part of the latents, with the embedded label.

    The embeddings of labels (without bias) and of latents are the only kernels that spectral norm leaves alone. The
    last norm is not conditioned.
    """
    possible.check("biggan", image_shape, options, conditional=bool(num_classes))
    make = Layers(options, "generator")
    seed, *channels = (make.channels(_CHANNELS * times) for times in _GENERATOR[image_shape[0]])
    blocks = [Block(make, f"B{number}", c, "up", shortcut=1) for number, c in enumerate(channels, 1)]
    attention = possible.attention("biggan", image_shape, "generator", options.g_attention)
    return ConditionedGenerator(
        [
            make.linear("fc_noise", seed * 4 * 4), reshape(4, 4, seed),
            *attend(make, blocks, attention), make.unconditioned_norm("final_norm"), relu,
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
    possible.check("biggan", image_shape, options, conditional=bool(num_classes))
    make = Layers(options, "discriminator")
    channels = [make.channels(_CHANNELS * times) for times in _DISCRIMINATOR[image_shape[0]]]
    blocks = [
        Block(make, f"B{number}", c, "same" if number == len(channels) else "down", shortcut=0 if c == before else 1)
        for number, (before, c) in enumerate(zip([image_shape[2], *channels], channels, strict=False), 1)
    ]
    attention = possible.attention("biggan", image_shape, "discriminator", options.d_attention)
    return Discriminator(
        [*attend(make, blocks, attention), relu, spatial_sum],
        make.linear("final_fc", 1),
        make.projection("embedding_fc"),
        image_shape=image_shape,
        num_classes=num_classes,
        concatenates=make.concatenates,
    )

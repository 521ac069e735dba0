"""BigGAN-deep at 32, 64, 128, 256 or 512 pixels (Brock et al. 2019, tables 7 to 9 and figure 16)."""

from __future__ import annotations

from compare_gan_tf2.architectures import possible
from compare_gan_tf2.architectures._attention import attend
from compare_gan_tf2.architectures._blocks import Layers, relu, reshape, spatial_sum, tanh
from compare_gan_tf2.architectures._resnet import Bottleneck, ConditionedGenerator
from compare_gan_tf2.architectures.networks import Discriminator, Generator
from compare_gan_tf2.options import Options

_CHANNELS = 128
# Side -> channels of the seed and of each block's output, in units of 128; every other block doubles the image.
_GENERATOR = {
    32: (4,) * 8,
    64: (16, 16, 16, 16, 8, 8, 4, 4, 2),
    128: (16, 16, 16, 16, 8, 8, 4, 4, 2, 2, 1),
    256: (16, 16, 16, 16, 8, 8, 8, 8, 4, 4, 2, 2, 1),
    512: (16, 16, 16, 16, 8, 8, 8, 8, 4, 4, 2, 2, 1, 1, 1),
}
# Side -> channels of the first convolution and of each block's output; every other block halves the image.
_DISCRIMINATOR = {
    32: (2,) * 8,
    64: (2, 4, 4, 8, 8, 16, 16, 16, 16),
    128: (1, 2, 2, 4, 4, 8, 8, 16, 16, 16, 16),
    256: (1, 2, 2, 4, 4, 8, 8, 8, 8, 16, 16, 16, 16),
    512: (1, 1, 1, 2, 2, 4, 4, 8, 8, 8, 8, 16, 16, 16, 16),
}


def generator(image_shape: tuple[int, int, int], options: Options, num_classes: int = 0) -> Generator:
    """A seed [4, 4], blocks of which every second one doubles it; latents and embedded label, joined, condition all.

    The embedding of labels is the only kernel that spectral norm leaves alone. The last norm is not conditioned.
    """
    possible.check("biggan_deep", image_shape, options, conditional=bool(num_classes))
    make = Layers(options, "generator")
    channels = [make.channels(_CHANNELS * times) for times in _GENERATOR[image_shape[0]]]
    seed, colours = channels[0], image_shape[2]
    attention = possible.attention("biggan_deep", image_shape, "generator", options.g_attention)
    to_colours = make.conv("final_conv", 128 if options.fast_conv_to_rgb else colours, 3)
    return ConditionedGenerator(
        [
            make.linear("fc_noise", seed * 4 * 4), reshape(4, 4, seed),
            *attend(make, _blocks(make, channels, ("same", "up")), attention),
            make.unconditioned_norm("final_norm"), relu,
            to_colours, lambda x: (tanh(x[..., :colours]) + 1.0) / 2.0,
        ],
        embed_y=make.embedding("embed_y", options.embed_y_dim) if options.embed_y and num_classes else None,
        joins=True,
        z_dim=options.z_dim,
        num_classes=num_classes,
    )  # fmt: skip


def discriminator(image_shape: tuple[int, int, int], options: Options, num_classes: int = 0) -> Discriminator:
    """A convolution, blocks of which every second one halves the image; features are the sums over space [B, 2048]."""
    possible.check("biggan_deep", image_shape, options, conditional=bool(num_classes))
    make = Layers(options, "discriminator")
    channels = [make.channels(_CHANNELS * times) for times in _DISCRIMINATOR[image_shape[0]]]
    attention = possible.attention("biggan_deep", image_shape, "discriminator", options.d_attention)
    return Discriminator(
        [
            make.conv("initial_conv", channels[0], 3),
            *attend(make, _blocks(make, channels, ("down", "same")), attention), relu, spatial_sum,
        ],
        make.linear("final_fc", 1),
        make.projection("embedding_fc"),
        image_shape=image_shape,
        num_classes=num_classes,
        concatenates=make.concatenates,
    )  # fmt: skip


def _blocks(make: Layers, channels: list[int], scales: tuple[str, str]) -> list[Bottleneck]:
    """One block from each number of channels to the next, the two scales in turn."""
    return [
        Bottleneck(make, f"B{number}", before, after, scales[(number - 1) % 2])
        for number, (before, after) in enumerate(zip(channels, channels[1:], strict=False), 1)
    ]

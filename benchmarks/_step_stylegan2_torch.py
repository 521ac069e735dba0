"""StyleGAN2 of benchmarks.step_time in PyTorch: its networks, and training steps with lazy R1 and path lengths.

Written from the papers (Karras et al. 2020, 2020b) and checked against numbers of the official PyTorch release
(tests/test_step_stylegan2.py). Modules have the names of that release, and weights its layouts: [B, C, H, W],
[filters, inputs, k, k], [units, inputs].
"""

from __future__ import annotations

import copy
import math
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from benchmarks import _step_stylegan2 as plan
from compare_gan_tf2.options import Options
from compare_gan_tf2.style_weights import names

_EPSILON = 1e-8
_GAIN = math.sqrt(2.0)
_SMOOTH = torch.outer(torch.tensor([1.0, 3.0, 3.0, 1.0]), torch.tensor([1.0, 3.0, 3.0, 1.0])) / 64.0
_CENTER_DECAY, _LENGTH_DECAY = 0.995, 0.01
# (purpose, shape) -> numbers from N(0, 1); purposes are those of our random numbers.
Draw = Callable[[str, tuple[int, ...]], torch.Tensor]


def _filter(x: torch.Tensor, gain: float) -> torch.Tensor:
    return (_SMOOTH * gain).to(x).expand(x.shape[1], 1, 4, 4)


def filtered(x: torch.Tensor, padding: int, stride: int = 1, gain: float = 1.0) -> torch.Tensor:
    """Padded by zeros on all sides, smoothed, every `stride`-th pixel."""
    return functional.conv2d(x, _filter(x, gain), stride=stride, padding=padding, groups=x.shape[1])


def doubled(x: torch.Tensor) -> torch.Tensor:
    """Images of twice the side."""
    return functional.conv_transpose2d(x, _filter(x, 4.0), stride=2, padding=1, groups=x.shape[1])


def convolved(x: torch.Tensor, weight: torch.Tensor, resample: str = "same", groups: int = 1) -> torch.Tensor:
    """A convolution whose sides stay, are doubled or are halved; weight [groups filters, inputs, k, k]."""
    size = weight.shape[-1]
    if resample == "double":
        _, inputs, _, _ = weight.shape
        turned = weight.reshape(groups, -1, inputs, size, size).transpose(1, 2).reshape(groups * inputs, -1, size, size)
        return filtered(functional.conv_transpose2d(x, turned, stride=2, groups=groups), 1, gain=4.0)
    if resample == "halve":
        if size == 1:
            return functional.conv2d(filtered(x, 1, stride=2), weight)
        return functional.conv2d(filtered(x, 2), weight, stride=2)
    return functional.conv2d(x, weight, padding=size // 2, groups=groups)


def modulated(
    x: torch.Tensor, weight: torch.Tensor, styles: torch.Tensor, resample: str, *, is_grouped: bool
) -> torch.Tensor:
    """A demodulated convolution with styles [B, inputs], by the kernels of every image [B, filters, inputs, k, k].

    As the official PyTorch release trains, inputs and outputs are scaled, and of the kernels only the norms are used;
    grouped, as the paper and the TensorFlow release have it, the kernels themselves are.
    """
    batch, inputs, height, width = x.shape
    kernels = weight[None] * styles[:, None, :, None, None]
    scale = (kernels.square().sum([2, 3, 4]) + _EPSILON).rsqrt()
    if not is_grouped:
        y = convolved(x * styles[:, :, None, None].to(x), weight, resample)
        return y * scale[:, :, None, None].to(y)
    kernels = (kernels * scale[:, :, None, None, None]).flatten(0, 1)
    y = convolved(x.reshape(1, batch * inputs, height, width), kernels, resample, groups=batch)
    return y.reshape(batch, -1, *y.shape[2:])


def activated(x: torch.Tensor, gain: float = 1.0) -> torch.Tensor:
    """Leaky ReLU that keeps the size of what it gets, times a gain."""
    return functional.leaky_relu(x, 0.2) * (_GAIN * gain)


def unit_length(x: torch.Tensor) -> torch.Tensor:
    """Rows divided by the root of their mean square."""
    return x * (x.square().mean(1, keepdim=True) + _EPSILON).rsqrt()


class Dense(nn.Module):
    """A linear layer with an equalized rate; in float32."""

    def __init__(self, inputs: int, units: int, *, rate: float = 1.0, bias: float = 0.0):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(units, inputs) / rate)
        self.bias = nn.Parameter(torch.full([units], bias))
        self._factor, self._rate = rate / math.sqrt(inputs), rate

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        with torch.autocast(x.device.type, enabled=False):
            return functional.linear(x.float(), self.weight * self._factor, self.bias * self._rate)


class Conv(nn.Module):
    """A convolution with an equalized rate."""

    def __init__(self, inputs: int, filters: int, size: int, resample: str = "same", has_bias: bool = True):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(filters, inputs, size, size))
        self.bias = nn.Parameter(torch.zeros(filters)) if has_bias else None
        self._factor, self._resample = 1.0 / math.sqrt(inputs * size * size), resample

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y = convolved(x, self.weight * self._factor, self._resample)
        return y if self.bias is None else y + self.bias.to(y)[:, None, None]


class Mapping(nn.Module):
    """Latents to w; the mean of all w follows those of training."""

    def __init__(self, z_dim: int, length: int, layers: int):
        super().__init__()
        self._layers = layers
        for number in range(layers):
            self.add_module(f"fc{number}", Dense(length if number else z_dim, length, rate=0.01))
        self.register_buffer("w_avg", torch.zeros(length))

    def forward(self, z: torch.Tensor, moves: bool = True) -> torch.Tensor:
        w = unit_length(z)
        for number in range(self._layers):
            w = activated(self.get_submodule(f"fc{number}")(w))
        if moves:
            self.w_avg.lerp_(w.detach().mean(0), 1.0 - _CENTER_DECAY)
        return w


class StyleLayer(nn.Module):
    """A modulated 3x3 convolution, noise, bias and activation."""

    def __init__(self, inputs: int, filters: int, length: int, side: int, *, doubles: bool, is_grouped: bool):
        super().__init__()
        self.affine = Dense(length, inputs, bias=1.0)
        self.weight = nn.Parameter(torch.randn(filters, inputs, 3, 3))
        self.bias, self.noise_strength = nn.Parameter(torch.zeros(filters)), nn.Parameter(torch.zeros([]))
        self.register_buffer("noise_const", torch.randn(side, side))
        self._resample, self._is_grouped = "double" if doubles else "same", is_grouped

    def forward(self, x: torch.Tensor, w: torch.Tensor, noise: torch.Tensor | None) -> torch.Tensor:
        y = modulated(x, self.weight, self.affine(w), self._resample, is_grouped=self._is_grouped)
        y = y + ((self.noise_const if noise is None else noise) * self.noise_strength).to(y)
        return activated(y + self.bias.to(y)[:, None, None])


class ToRgb(nn.Module):
    """Colors of a map: a modulated 1x1 convolution without demodulation."""

    def __init__(self, inputs: int, colors: int, length: int):
        super().__init__()
        self.affine = Dense(length, inputs, bias=1.0)
        self.weight = nn.Parameter(torch.randn(colors, inputs, 1, 1))
        self.bias = nn.Parameter(torch.zeros(colors))

    def forward(self, x: torch.Tensor, w: torch.Tensor) -> torch.Tensor:
        styles = self.affine(w) / math.sqrt(x.shape[1])
        return functional.conv2d(x * styles[:, :, None, None].to(x), self.weight).float() + self.bias[:, None, None]


class Synthesis(nn.Module):
    """ws [B, styles, n] to images around [-1, 1]; colors of all sides are added up."""

    def __init__(self, sizes: plan.Sizes, layout: torch.memory_format, is_grouped: bool):
        super().__init__()
        self._sides, self._layout = sizes.sides, layout
        before = sizes.channels(4)
        for side in sizes.sides:
            here, block = sizes.channels(side), nn.Module()
            if side == 4:
                block.const = nn.Parameter(torch.randn(before, 4, 4))
            for name in ("conv1",) if side == 4 else ("conv0", "conv1"):
                layer = StyleLayer(before, here, sizes.length, side, doubles=name == "conv0", is_grouped=is_grouped)
                block.add_module(name, layer)
                before = here
            block.torgb = ToRgb(here, sizes.colors, sizes.length)
            self.add_module(f"b{side}", block)

    def forward(self, ws: torch.Tensor, draw: Draw | None = None, purpose: str = "") -> torch.Tensor:
        """Noise is drawn, or without `draw` the stored one."""
        image, place = None, 0
        x = self.b4.const[None].expand(len(ws), -1, -1, -1).contiguous(memory_format=self._layout)
        for side in self._sides:
            block = self.get_submodule(f"b{side}")
            for name in ("conv1",) if side == 4 else ("conv0", "conv1"):
                noise = None if draw is None else draw(f"{purpose}/noise/b{side}.{name}", (len(ws), 1, side, side))
                x = block.get_submodule(name)(x, ws[:, place], noise)
                place += 1
            colors = block.torgb(x, ws[:, place])
            with torch.autocast(x.device.type, enabled=False):
                image = colors if image is None else doubled(image) + colors
        return image


class Generator(nn.Module):
    """Mapping and synthesis."""

    def __init__(
        self, sizes: plan.Sizes, layout: torch.memory_format = torch.contiguous_format, is_grouped: bool = False
    ):
        super().__init__()
        self.mapping = Mapping(sizes.z_dim, sizes.length, sizes.mapping_layers)
        self.synthesis = Synthesis(sizes, layout, is_grouped)
        self.styles = 2 * len(sizes.sides)

    def for_layers(self, z: torch.Tensor, moves: bool = True) -> torch.Tensor:
        """Latents [B, z_dim] to ws [B, styles, n]."""
        return self.mapping(z, moves)[:, None].repeat(1, self.styles, 1)


class Discriminator(nn.Module):
    """Images around [-1, 1] to logits [B, 1]; residual, with deviations within groups of the batch."""

    def __init__(self, sizes: plan.Sizes, layout: torch.memory_format = torch.contiguous_format):
        super().__init__()
        self._sides, self._group, self._layout = sizes.sides[:0:-1], sizes.group, layout
        for side in self._sides:
            here, after, block = sizes.channels(side), sizes.channels(side // 2), nn.Module()
            if side == sizes.sides[-1]:
                block.fromrgb = Conv(sizes.colors, here, 1)
            block.conv0, block.conv1 = Conv(here, here, 3), Conv(here, after, 3, "halve")
            block.skip = Conv(here, after, 1, "halve", has_bias=False)
            self.add_module(f"b{side}", block)
        self.b4, width = nn.Module(), sizes.channels(4)
        self.b4.conv, self.b4.fc, self.b4.out = Conv(width + 1, width, 3), Dense(16 * width, width), Dense(width, 1)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        x = images.contiguous(memory_format=self._layout)
        x = activated(self.get_submodule(f"b{self._sides[0]}").fromrgb(x))
        for side in self._sides:
            block = self.get_submodule(f"b{side}")
            y = activated(block.conv1(activated(block.conv0(x))), math.sqrt(0.5))
            x = block.skip(x) * math.sqrt(0.5) + y
        with torch.autocast(x.device.type, enabled=False):
            x = x.float()
            x = activated(self.b4.conv(torch.cat([x, self._deviation(x)], 1)))
            return self.b4.out(activated(self.b4.fc(x.flatten(1))))

    def _deviation(self, x: torch.Tensor) -> torch.Tensor:
        """One more channel [B, 1, H, W]; image i of N is in group i mod (N / group)."""
        group = next(size for size in range(min(self._group, len(x)), 0, -1) if len(x) % size == 0)
        grouped = x.reshape(group, -1, *x.shape[1:])
        spread = (grouped.var(0, unbiased=False) + _EPSILON).sqrt().mean([1, 2, 3])
        return spread.repeat(group)[:, None, None, None].expand(-1, 1, *x.shape[2:])


def take_weights(theirs: nn.Module, ours: Any) -> None:
    """Gives a network of ours's weights to the same one of this file.

    Raises:
        RuntimeError: if their variables differ.
    """
    values = {name: np.asarray(variable) for name, variable in ours.named_variables().items()}
    ranks = {name: value.ndim for name, value in values.items()}
    network = "generator" if isinstance(theirs, Generator) else "discriminator"
    # The sides are in the names already.
    places = names.places(names.Form("stylegan2_pytorch", 0), network, ranks)
    state = {place.name: np.array(place.layout.theirs(values[name])) for name, place in places.items()}
    theirs.load_state_dict({name: torch.from_numpy(value) for name, value in state.items()})


class Step:
    """A training's steps, each with its lazy updates, on the GPU if PyTorch sees one.

    Args:
        options: of the task.
        pictures: uint8 [1, B, R, R, C].
        is_channels_last: the memory layout of images and kernels; else PyTorch's own.
        is_half: whether autocast to bfloat16 is on.
        compiles: whether torch.compile compiles synthesis and discriminator; it has no second derivatives, so that
            updates on penalties take them as they are.
        is_grouped: whether every image has a kernel of its own in a grouped convolution.
    """

    def __init__(
        self,
        options: Options,
        pictures: np.ndarray,
        *,
        is_channels_last: bool,
        is_half: bool,
        compiles: bool = False,
        is_grouped: bool = False,
    ):
        sizes = plan.Sizes.of(options, pictures.shape[2:])
        layout = torch.channels_last if is_channels_last else torch.contiguous_format
        self._options, self._is_half, self._number = options, is_half, 0
        self._device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        self.generator = Generator(sizes, layout, is_grouped).to(self._device, memory_format=layout)
        self.discriminator = Discriminator(sizes, layout).to(self._device, memory_format=layout)
        self.average = copy.deepcopy(self.generator)
        self.path_length_mean = torch.zeros([], device=self._device)
        self._synthesize, self._judge = (
            torch.compile(each) if compiles else each for each in (self.generator.synthesis, self.discriminator)
        )
        self._optimizers = {
            "g": self._adam(self.generator, options.g_learning_rate, options.path_length_interval),
            "d": self._adam(self.discriminator, options.d_learning_rate, options.r1_interval),
        }
        images = torch.from_numpy(pictures[0]).permute(0, 3, 1, 2)
        self.real = (images.to(self._device).float() / 127.5 - 1.0).contiguous(memory_format=layout)

    def draw(self, purpose: str, shape: tuple[int, ...]) -> torch.Tensor:
        """Numbers from N(0, 1); tests give others."""
        del purpose
        return torch.randn(shape, device=self._device)

    def unit(self, purpose: str, count: int) -> list[float]:
        """Numbers in [0, 1)."""
        del purpose
        return torch.rand(count).tolist()

    def __call__(self) -> float:
        """One step; gives the generator's loss, so that it has been computed."""
        return self.step()["g"]

    def step(self) -> dict[str, float]:
        """One step with the updates that are due; gives their losses without weights."""
        options, losses = self._options, dict[str, torch.Tensor]()
        self.discriminator.requires_grad_(False)
        fake = self._generated("generator", self._synthesize)
        losses["g"] = functional.softplus(-self._computed(self._judge, fake)).mean()
        self._apply("g", losses["g"])
        if options.path_length_weight and self._number % options.path_length_interval == 0:
            losses["path_length"] = self._path_length()
            self._apply("g", losses["path_length"] * (options.path_length_weight * options.path_length_interval))
        self.discriminator.requires_grad_(True)
        with torch.no_grad():
            fake = self._generated("discriminator", self._synthesize)
        of_fake, of_real = (self._computed(self._judge, images) for images in (fake, self.real))
        losses["d"] = functional.softplus(of_fake).mean() + functional.softplus(-of_real).mean()
        self._apply("d", losses["d"])
        if options.r1_gamma and self._number % options.r1_interval == 0:
            losses["r1"] = self._r1()
            self._apply("d", losses["r1"] * (options.r1_gamma / 2.0 * options.r1_interval))
        self._number += 1
        self._follow()
        return {name: loss.detach().item() for name, loss in losses.items()}

    def _generated(self, purpose: str, synthesize: Callable[..., torch.Tensor], rows: int = 0) -> torch.Tensor:
        return self._computed(synthesize, self._styles(purpose, rows), self.draw, purpose)

    def _styles(self, purpose: str, rows: int = 0) -> torch.Tensor:
        """ws [B, styles, n], in some updates of two latents."""
        options, generator = self._options, self.generator
        shape = (rows or options.batch_size, options.z_dim)
        ws = generator.for_layers(self.draw(f"{purpose}/z", shape))
        if options.style_mixing:
            coin, share = self.unit(f"{purpose}/mixing", 2)
            if coin < options.style_mixing:
                first = 1 + int(share * (generator.styles - 1))
                others = generator.for_layers(self.draw(f"{purpose}/other/z", shape), moves=False)
                ws = torch.cat([ws[:, :first], others[:, first:]], 1)
        return ws

    def _path_length(self) -> torch.Tensor:
        ws = self._styles("path_length", self._options.batch_size // 2)
        images = self._computed(self.generator.synthesis, ws, self.draw, "path_length")
        noise = self.draw("path_length/pixels", tuple(images.shape)) / math.sqrt(images.shape[2] * images.shape[3])
        (slopes,) = torch.autograd.grad((images * noise).sum(), ws, create_graph=True)
        lengths = slopes.square().sum(2).mean(1).sqrt()
        mean = self.path_length_mean.lerp(lengths.mean(), _LENGTH_DECAY)
        self.path_length_mean = mean.detach()
        return (lengths - mean).square().mean()

    def _r1(self) -> torch.Tensor:
        real = self.real.detach().requires_grad_(True)
        logits = self._computed(self.discriminator, real)
        (slopes,) = torch.autograd.grad(logits.sum(), real, create_graph=True)
        return slopes.square().sum([1, 2, 3]).mean()

    def _computed(self, network: Callable[..., torch.Tensor], *inputs: Any) -> torch.Tensor:
        with torch.autocast(self._device.type, torch.bfloat16, enabled=self._is_half):
            return network(*inputs)

    def _adam(self, network: nn.Module, rate: float, interval: int) -> torch.optim.Adam:
        """Corrected for one update more in every `interval` steps; what a loss does not reach has a gradient of 0."""
        share, betas = interval / (interval + 1), (self._options.beta1, self._options.beta2)
        for parameter in network.parameters():
            parameter.grad = torch.zeros_like(parameter)
        return torch.optim.Adam(
            network.parameters(), rate * share, (betas[0] ** share, betas[1] ** share), 1e-8, fused=True
        )

    def _apply(self, side: str, loss: torch.Tensor) -> None:
        self._optimizers[side].zero_grad(set_to_none=False)
        loss.backward()
        self._optimizers[side].step()

    @torch.no_grad()
    def _follow(self) -> None:
        """The average of the generator's weights; buffers are copied."""
        options = self._options
        images = options.ema_kimg * 1000
        if options.ema_rampup:
            images = min(images, options.ema_rampup * self._number * options.batch_size)
        keeps = 0.5 ** (options.batch_size / max(images, 1e-8))
        _lerp(self.average.parameters(), self.generator.parameters(), 1.0 - keeps)
        _lerp(self.average.buffers(), self.generator.buffers(), 1.0)


def _lerp(old: Iterable[torch.Tensor], new: Iterable[torch.Tensor], weight: float) -> None:
    torch._foreach_lerp_(list(old), list(new), weight)

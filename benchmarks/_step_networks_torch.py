"""The unconditional networks of benchmarks.step_time in PyTorch, and a training step of them.

Modules have the names of our layers, so that weights can be handed over and outputs compared. Latents and flat features
have our order (height, width, channels).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from benchmarks._step_peers import PLANS, SNDCGAN, Shape
from compare_gan_tf2.options import Options


class _Spectral:
    """Spectral norm of a layer's weight, one step of power iteration per call, in float32.

    Attributes:
        moves: whether the vector is kept; it is in the discriminator's own update only.
    """

    moves = False

    def keep_vector(self: Any) -> None:
        self.register_buffer("u_var", nn.functional.normalize(torch.randn(self.weight[0].numel()), dim=0))

    def normalized(self: Any) -> torch.Tensor:
        weight = self.weight
        with torch.autocast(weight.device.type, enabled=False):
            last = weight.permute(0, 2, 3, 1) if weight.dim() == 4 else weight
            matrix = last.reshape(len(weight), -1)
            with torch.no_grad():
                v = functional.normalize(matrix @ self.u_var, dim=0, eps=1e-6)
                u = functional.normalize(v @ matrix, dim=0, eps=1e-6)
                if self.moves:
                    self.u_var.copy_(u)
            return weight / torch.dot(v, matrix @ u)


class SpectralConv(nn.Conv2d, _Spectral):
    """A convolution with spectral norm."""

    def __init__(self, *arguments: Any):
        super().__init__(*arguments)
        self.keep_vector()

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return functional.conv2d(x, self.normalized(), self.bias, self.stride, self.padding)


class SpectralLinear(nn.Linear, _Spectral):
    """A linear layer with spectral norm."""

    def __init__(self, *arguments: Any):
        super().__init__(*arguments)
        self.keep_vector()

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return functional.linear(x, self.normalized(), self.bias)


class _Network(nn.Module):
    """What all have: the option width, and their memory layout."""

    def __init__(self, options: Options, layout: torch.memory_format):
        super().__init__()
        self._width, self._layout = options.width, layout
        self._norm = {"momentum": 1.0 - options.batch_norm_decay, "eps": options.batch_norm_epsilon}
        self._is_spectral = options.d_weight_normalization == "spectral"

    def channels(self, published: int) -> int:
        return max(1, round(published * self._width))

    def conv(self, inputs: int, filters: int, size: int, stride: int = 1) -> nn.Conv2d:
        """Of the discriminator."""
        kind = SpectralConv if self._is_spectral else nn.Conv2d
        return kind(inputs, filters, size, stride, (size - 1) // 2)

    def linear(self, inputs: int, units: int) -> nn.Linear:
        return (SpectralLinear if self._is_spectral else nn.Linear)(inputs, units)

    def seed(self, x: torch.Tensor, shape: Shape) -> torch.Tensor:
        """[B, H W C] -> [B, C, H, W]."""
        return x.reshape(-1, *shape).permute(0, 3, 1, 2).contiguous(memory_format=self._layout)


class SndcganGenerator(_Network):
    """As architectures/sndcgan.py."""

    def __init__(self, options: Options, image_shape: Shape, layout: torch.memory_format):
        super().__init__(options, layout)
        self._seed = (image_shape[0] // 8, image_shape[1] // 8, self.channels(512))
        flat, before = math.prod(self._seed), self._seed[2]
        self.g_fc1, self.g_bn1 = nn.Linear(options.z_dim, flat), nn.BatchNorm1d(flat, **self._norm)
        for number, published in enumerate((256, 128, 64), 2):
            filters = self.channels(published)
            self.add_module(f"g_dc{number}", nn.ConvTranspose2d(before, filters, 4, 2, 1))
            self.add_module(f"g_bn{number}", nn.BatchNorm2d(filters, **self._norm))
            before = filters
        self.g_dc5 = nn.ConvTranspose2d(before, image_shape[2], 3, 1, 1)

    def forward(self, z: torch.Tensor) -> torch.Tensor:
        x = self.seed(functional.relu(self.g_bn1(self.g_fc1(z))), self._seed)
        for deconv, norm in ((self.g_dc2, self.g_bn2), (self.g_dc3, self.g_bn3), (self.g_dc4, self.g_bn4)):
            x = functional.relu(norm(deconv(x)))
        return (torch.tanh(self.g_dc5(x).float()) + 1.0) / 2.0


class SndcganDiscriminator(_Network):
    """As architectures/sndcgan.py."""

    def __init__(self, options: Options, image_shape: Shape, layout: torch.memory_format):
        super().__init__(options, layout)
        before = image_shape[2]
        for number, (published, size, stride) in enumerate(SNDCGAN, 1):
            self.add_module(f"d_conv{number}", self.conv(before, self.channels(published), size, stride))
            before = self.channels(published)
        self.d_fc1 = self.linear(before * (image_shape[0] // 8) * (image_shape[1] // 8), 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = 2.0 * x - 1.0
        for number in range(1, 8):
            x = functional.leaky_relu(self.get_submodule(f"d_conv{number}")(x), 0.1)
        with torch.autocast(x.device.type, enabled=False):
            return self.d_fc1(x.float().permute(0, 2, 3, 1).flatten(1))


class _Block(nn.Module):
    """As architectures/_resnet.py's; the shortcut has the side that it is given."""

    def __init__(self, network: _Network, inputs: int, filters: int, scale: str, shortcut: int, norm: dict | None):
        super().__init__()
        self._scale, self._has_norm = scale, norm is not None
        conv = network.conv if norm is None else _plain_conv
        self._names = (f"{'up' if scale == 'up' else 'same'}_conv1", f"{'down' if scale == 'down' else 'same'}_conv2")
        self.add_module(f"{scale}_conv_shortcut", conv(inputs, filters, shortcut))
        self.add_module(self._names[0], conv(inputs, filters, 3))
        self.add_module(self._names[1], conv(filters, filters, 3))
        if norm is not None:
            self.bn1, self.bn2 = nn.BatchNorm2d(inputs, **norm), nn.BatchNorm2d(filters, **norm)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        up = _unpool if self._scale == "up" else _same
        down = _half if self._scale == "down" else _same
        y = functional.relu(self.bn1(x) if self._has_norm else x)
        y = self.get_submodule(self._names[0])(up(y))
        y = functional.relu(self.bn2(y) if self._has_norm else y)
        y = down(self.get_submodule(self._names[1])(y))
        return y + down(self.get_submodule(f"{self._scale}_conv_shortcut")(up(x)))


def _plain_conv(inputs: int, filters: int, size: int) -> nn.Conv2d:
    return nn.Conv2d(inputs, filters, size, 1, (size - 1) // 2)


def _same(x: torch.Tensor) -> torch.Tensor:
    return x


def _half(x: torch.Tensor) -> torch.Tensor:
    return functional.avg_pool2d(x, 2)


def _unpool(x: torch.Tensor) -> torch.Tensor:
    batch, channels, height, width = x.shape
    layout = torch.channels_last if x.is_contiguous(memory_format=torch.channels_last) else torch.contiguous_format
    apart = torch.empty(batch, channels, 2 * height, 2 * width, dtype=x.dtype, device=x.device, memory_format=layout)
    apart.zero_()[:, :, ::2, ::2] = x
    return apart


class ResnetGenerator(_Network):
    """As architectures/resnet_cifar.py."""

    def __init__(self, options: Options, image_shape: Shape, layout: torch.memory_format):
        super().__init__(options, layout)
        plan = PLANS[options.architecture]
        before = self.channels(plan.seed)
        self._seed = (image_shape[0] // 8, image_shape[1] // 8, before)
        self.fc_noise = nn.Linear(options.z_dim, math.prod(self._seed))
        self._blocks = [f"B{number}" for number in range(1, 1 + len(plan.g_blocks))]
        for name, (published, scale, shortcut) in zip(self._blocks, plan.g_blocks, strict=True):
            filters = self.channels(published)
            self.add_module(name, _Block(self, before, filters, scale, shortcut, self._norm))
            before = filters
        self.final_norm = nn.BatchNorm2d(before, **self._norm)
        self.final_conv = _plain_conv(before, image_shape[2], 3)

    def forward(self, z: torch.Tensor) -> torch.Tensor:
        x = self.seed(self.fc_noise(z), self._seed)
        for name in self._blocks:
            x = self.get_submodule(name)(x)
        return torch.sigmoid(self.final_conv(functional.relu(self.final_norm(x))).float())


class ResnetDiscriminator(_Network):
    """As architectures/resnet_cifar.py."""

    def __init__(self, options: Options, image_shape: Shape, layout: torch.memory_format):
        super().__init__(options, layout)
        plan, before = PLANS[options.architecture], image_shape[2]
        self._blocks = [f"B{number}" for number in range(1, 1 + len(plan.d_blocks))]
        for name, (published, scale, shortcut) in zip(self._blocks, plan.d_blocks, strict=True):
            filters = self.channels(published)
            self.add_module(name, _Block(self, before, filters, scale, shortcut, None))
            before = filters
        self.disc_final_fc = self.linear(before, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        for name in self._blocks:
            x = self.get_submodule(name)(x)
        with torch.autocast(x.device.type, enabled=False):
            return self.disc_final_fc(functional.relu(x).float().mean((2, 3)))


_PAIRS: dict[str, tuple[type[_Network], type[_Network]]] = {
    "sndcgan": (SndcganGenerator, SndcganDiscriminator),
    "resnet_cifar": (ResnetGenerator, ResnetDiscriminator),
}


def networks(
    options: Options, image_shape: Shape, layout: torch.memory_format = torch.contiguous_format
) -> tuple[nn.Module, nn.Module]:
    """Generator and discriminator in training mode, with the options' start; [B, C, H, W]."""
    pair = [kind(options, image_shape, layout) for kind in _PAIRS[options.architecture]]
    for name, parameter in (each for network in pair for each in network.named_parameters()):
        if name.endswith("weight") and parameter.dim() > 1:
            nn.init.normal_(parameter, std=options.initializer_stddev)
        elif name.endswith("bias"):
            nn.init.zeros_(parameter)
    return pair[0].to(memory_format=layout), pair[1].to(memory_format=layout)


_NAMES = {
    "kernel": "weight", "gamma": "weight", "beta": "bias", "moving_mean": "running_mean",
    "moving_variance": "running_var",
}  # fmt: skip


def take_weights(theirs: nn.Module, ours: Any) -> None:
    """Gives a network of ours's weights to the same one of this file.

    Raises:
        RuntimeError: if their variables differ.
    """
    state = {}
    for path, variable in ours.named_variables().items():
        layer, _, name = path.replace("/", ".").rpartition(".")
        value = np.asarray(variable)
        if name == "kernel":
            value = value.transpose(3, 2, 0, 1) if value.ndim == 4 else value.T
        state[f"{layer}.{_NAMES.get(name, name)}"] = torch.from_numpy(value.ravel() if name == "u_var" else value)
    state |= {name: value for name, value in theirs.state_dict().items() if name.endswith("num_batches_tracked")}
    theirs.load_state_dict(state)


class Step:
    """disc_iters updates of the discriminator and one of the generator, on the GPU if PyTorch sees one.

    Args:
        options: of the task; its loss is the non-saturating one.
        pictures: uint8 [disc_iters, B, H, W, C].
        is_channels_last: the memory layout of images and kernels; else PyTorch's own.
        is_half: whether autocast to bfloat16 is on.
        compiles: whether torch.compile compiles both networks.
    """

    def __init__(
        self, options: Options, pictures: np.ndarray, *, is_channels_last: bool, is_half: bool, compiles: bool = False
    ):
        self._options, self._is_half = options, is_half
        self._device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        self._layout = torch.channels_last if is_channels_last else torch.contiguous_format
        pair = [each.to(self._device) for each in networks(options, pictures.shape[2:], self._layout)]
        self._spectral = [module for module in pair[1].modules() if isinstance(module, _Spectral)]
        self._optimizers = [
            torch.optim.Adam(network.parameters(), rate, (options.beta1, options.beta2), 1e-8, fused=True)
            for network, rate in zip(pair, (options.g_learning_rate, options.d_learning_rate), strict=True)
        ]
        self._discriminator = pair[1]
        self._generate, self._judge = (torch.compile(each) if compiles else each for each in pair)
        self._pictures = torch.from_numpy(pictures).to(self._device)

    def __call__(self) -> float:
        """One step; gives a loss, so that it has been computed."""
        for pictures in self._pictures:
            real = (pictures.permute(0, 3, 1, 2).float() / 255.0).contiguous(memory_format=self._layout)
            with torch.no_grad():
                fake = self._computed(self._generate, self._latents())
            self._may_move(True)
            logits = self._computed(self._judge, torch.cat([real, fake]))
            of_real, of_fake = logits.float().chunk(2)
            self._apply(1, functional.softplus(-of_real).mean() + functional.softplus(of_fake).mean())
        self._may_move(False)
        self._discriminator.requires_grad_(False)
        logits = self._computed(lambda z: self._judge(self._generate(z)), self._latents())
        loss = functional.softplus(-logits.float()).mean()
        self._apply(0, loss)
        self._discriminator.requires_grad_(True)
        return loss.detach().item()

    def _computed(self, network: Callable[[torch.Tensor], torch.Tensor], x: torch.Tensor) -> torch.Tensor:
        with torch.autocast(self._device.type, torch.bfloat16, enabled=self._is_half):
            return network(x)

    def _apply(self, number: int, loss: torch.Tensor) -> None:
        self._optimizers[number].zero_grad(set_to_none=True)
        loss.backward()
        self._optimizers[number].step()

    def _may_move(self, moves: bool) -> None:
        for module in self._spectral:
            module.moves = moves

    def _latents(self) -> torch.Tensor:
        return 2.0 * torch.rand(self._options.batch_size, self._options.z_dim, device=self._device) - 1.0

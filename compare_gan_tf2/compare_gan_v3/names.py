"""What compare_gan v3 called the variables of its networks, and what else its checkpoints hold."""

from __future__ import annotations

import re

AVERAGE = "/ExponentialMovingAverage"

# Our name of a variable below its network -> v3's, each rule applied in turn.
_RULES = (
    # The vector of spectral norm was the kernel's own.
    (re.compile(r"(^|/)u_var$"), r"\1kernel/u_var"),
    # Conditional batch norm had its two kernels in a scope of their own; self-modulated batch norm, in `sbn`, had not.
    (re.compile(r"^((?!.*sbn/).*/)?(gamma|beta)/(kernel.*)$"), r"\1condition/\2/\3"),
)
# Layers that v3 called otherwise in one of its networks.
_LAYERS = {("resnet_stl", "generator"): {"final_norm": "batch_norm"}}
# What a training kept beside its networks: optimizers' slots (by the names v3 gave its optimizers, or TensorFlow's own)
# and powers, counters.
_BOOKKEEPING = re.compile(
    r"(^|/)(global_step(_disc)?|beta[12]_power(_\d+)?|([dg]_(opt)?|Adam|RMSProp|Momentum)(_\d+)?|update_accus"
    r"|label_counts)$"
)
# Scopes that a module's variables were below where it was instantiated: by v3's evaluator, and by default.
_MODULE = re.compile(r"^(gen_module|module)/")


def reference_name(architecture: str, network: str, path: str) -> str:
    """v3's name of a variable, "generator/B1/bn1/condition/gamma/kernel".

    Args:
        architecture: today's name.
        network: "generator" or "discriminator".
        path: of the variable below its network, as `Network.named_variables` has it.
    """
    layer, slash, rest = path.partition("/")
    path = _LAYERS.get((architecture, network), {}).get(layer, layer) + slash + rest
    for pattern, replacement in _RULES:
        path = pattern.sub(replacement, path)
    # The heads of SSGAN and S3GAN were beside the discriminator, in scopes that begin with its name.
    return path if path.startswith("discriminator_") else f"{network}/{path}"


def is_bookkeeping(name: str) -> bool:
    """Whether a name of a v3 checkpoint is no part of a network as it is used after training."""
    return bool(_BOOKKEEPING.search(name))


def plain(name: str) -> str:
    """A name as the networks had it, without the ":0" of TensorFlow 1's tensors and the scope of a module."""
    return _MODULE.sub("", name.removesuffix(":0"))

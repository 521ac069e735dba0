"""Where a training runs: one device, or several on this machine with mirrored variables."""

from __future__ import annotations

import tensorflow as tf

from compare_gan_tf2.components import unknown
from compare_gan_tf2.errors import UserError

STRATEGIES = ("mirrored", "one_device")


def create(name: str, replicas: int = 0) -> tf.distribute.Strategy:
    """A strategy of tf.distribute.

    Args:
        name: "one_device": the first GPU, or the CPU; "mirrored": all GPUs, or logical devices of the CPU.
        replicas: how many devices "mirrored" uses; 0 is all GPUs.

    Raises:
        UserError: if the name is unknown or there are fewer devices.
    """
    if name not in STRATEGIES:
        raise UserError(unknown("strategy", name, STRATEGIES))
    if name == "one_device" and replicas:
        raise UserError(f"strategy one_device has one replica, and {replicas} are asked for; set strategy mirrored")
    # Physical devices first: asking for logical ones starts TensorFlow, after which the CPU cannot be split any more.
    has_gpus = bool(tf.config.list_physical_devices("GPU"))
    if name == "one_device":
        return tf.distribute.OneDeviceStrategy("/gpu:0" if has_gpus else "/cpu:0")
    devices = tf.config.list_logical_devices("GPU") if has_gpus else _split_cpu(replicas)
    wanted = replicas or len(devices)
    if wanted > len(devices):
        raise UserError(f"strategy mirrored with {wanted} replicas, and the number of devices here is {len(devices)}")
    return tf.distribute.MirroredStrategy([device.name for device in devices[:wanted]])


def _split_cpu(replicas: int) -> list:
    """Logical devices of the CPU; they can be made only before TensorFlow has started to use it."""
    if replicas > 1:
        try:
            configuration = [tf.config.LogicalDeviceConfiguration()] * replicas
            tf.config.set_logical_device_configuration(tf.config.list_physical_devices("CPU")[0], configuration)
        except RuntimeError:
            pass  # already initialised: what there is decides, and the caller says if it is too little
    return tf.config.list_logical_devices("CPU")

"""compare_gan v1, the WGAN settings of phase 1 with Adam and with RMSProp, on CIFAR-10 and CelebA (400 tasks)."""

import functools

from compare_gan_tf2.experiments import _v1

tasks = functools.partial(_v1.optimizers, ("cifar10", "celeb_a"))

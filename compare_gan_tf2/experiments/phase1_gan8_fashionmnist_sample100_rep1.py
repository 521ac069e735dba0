"""compare_gan v1, phase 1 on Fashion-MNIST: eight GANs, 100 settings of each from wide ranges (800 tasks)."""

import functools

from compare_gan_tf2.experiments import _v1

tasks = functools.partial(_v1.phase1, "fashion_mnist")

"""compare_gan v1, phase 2 on Fashion-MNIST: eight GANs, 50 settings of each from narrow ranges (400 tasks)."""

import functools

from compare_gan_tf2.experiments import _v1

tasks = functools.partial(_v1.phase2, "fashion_mnist")

"""compare_gan v1, phase 3 on MNIST: best tasks of phase 1 in $COMPARE_GAN_PHASE1_DIR, 50 seeds (400 tasks)."""

import functools

from compare_gan_tf2.experiments import _v1

tasks = functools.partial(_v1.phase3, "phase1_gan8_mnist_sample100_rep1")

"""compare_gan v2, test of penalties with ResNet5: two GANs, with and without penalty, three sets of 128x128 (12)."""

import functools

from compare_gan_tf2.experiments import _v2

tasks = functools.partial(_v2.penalties, ("celeb_a_hq_128", "imagenet_128", "lsun_bedroom"), "resnet5")

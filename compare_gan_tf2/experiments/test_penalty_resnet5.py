"""v2, test of penalties with ResNet5: as test_penalty_new_datasets, with the residual network (12 tasks)."""

import functools

from compare_gan_tf2.experiments import _v2

tasks = functools.partial(_v2.penalties, ("celeb_a_hq_128", "imagenet_128", "lsun_bedroom"), "resnet5")

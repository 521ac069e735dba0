"""LSUN bedrooms as scored by compare_gan v2, with 10,000 images."""

from compare_gan_tf2.datasets import _lsun

DATASET = _lsun.entry("bedroom", "lsun_bedroom_10k", "LSUN bedroom, scored with 10,000", 10000)

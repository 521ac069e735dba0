"""LSUN bedrooms: the central 128x128 of each photograph, not resized (Yu et al. 2015); v3 scored with 30,000."""

from compare_gan_tf2.datasets import _lsun

DATASET = _lsun.entry("bedroom", "lsun_bedroom", "LSUN bedroom")

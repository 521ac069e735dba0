"""ImageNet resized to 64x64 color by its publishers; classes in another order (Chrabaszcz et al. 2017).

Label k is another class than label k of `imagenet_64` and its like: the two orders of synsets differ.
"""

from compare_gan_tf2.datasets import _imagenet

DATASET = _imagenet.resized(64, download_bytes=14_109_000_000, prepared_bytes=13_130_000_000)

"""TF-GAN 2.1.0 on a TensorFlow without Estimators.

`import tensorflow_gan` fails on TensorFlow >= 2.16 (tensorflow/gan#55): its Estimator half, and one hook in its
`train.py`, subclass what `tf.estimator` held. The losses and metrics need none of it. Drop this module once a release
of tensorflow-gan imports on the lowest TensorFlow that setup.py allows.
"""

import importlib
import importlib.util
import sys
import types

import tensorflow as tf

from compare_gan_tf2.compat import tensorflow_hub

_ESTIMATORS = "tensorflow_gan.python.estimator"


def load():
    """Returns the module `tensorflow_gan`, without `tensorflow_gan.estimator` where TensorFlow has no Estimators."""
    if "tensorflow_gan" in sys.modules:
        return sys.modules["tensorflow_gan"]
    tensorflow_hub.load()  # TF-GAN imports it.
    if importlib.util.find_spec("distutils") is None:
        # TF-GAN compares versions by distutils, which left Python in 3.12; setuptools brings its own when imported.
        importlib.import_module("setuptools")
    if hasattr(tf, "estimator"):
        return importlib.import_module("tensorflow_gan")
    tf.estimator = types.SimpleNamespace(SessionRunHook=tf.compat.v1.train.SessionRunHook)
    sys.modules[_ESTIMATORS] = types.ModuleType(_ESTIMATORS)
    try:
        tfgan = importlib.import_module("tensorflow_gan")
        # What could be seen of the stand-in: other code asks for it by hasattr or import.
        del tfgan.estimator
        del sys.modules["tensorflow_gan.python"].estimator
    finally:
        del tf.estimator
        del sys.modules[_ESTIMATORS]
    return tfgan

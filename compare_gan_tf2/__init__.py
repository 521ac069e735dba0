"""Compare GANs fairly: every loss, penalty, normalization, architecture and data set in one frame, scored one way."""

import os

__version__ = "0.2.0"

# In a checkout the folders that setup.py mounts as compare_gan_tf2.datasets and compare_gan_tf2.hub_export lie beside
# the package; setuptools' editable installs cannot mount a folder without an __init__.py.
if not os.path.isdir(os.path.join(__path__[0], "datasets")):
    __path__.append(os.path.dirname(__path__[0]))

"""What the commands do, to be called from Python; see the README for an example."""

# isort: off
# First: the other imports load Keras, which takes its backend then, and fails there without a word about why.
from compare_gan_tf2.compat import keras_settings, keras_start  # noqa: F401

# isort: on
from compare_gan_tf2.compare_gan_v3.tasks import export_weights
from compare_gan_tf2.errors import UserError
from compare_gan_tf2.evaluation.images import evaluate_images
from compare_gan_tf2.evaluation.task import evaluate
from compare_gan_tf2.hub_export.load import load
from compare_gan_tf2.hub_export.save import export
from compare_gan_tf2.options import Options
from compare_gan_tf2.reports.results import results
from compare_gan_tf2.style_weights.tasks import import_weights
from compare_gan_tf2.training.loop import train
from compare_gan_tf2.training.network_interpolation import interpolate_networks

__all__ = [
    "Options",
    "UserError",
    "evaluate",
    "evaluate_images",
    "export",
    "export_weights",
    "import_weights",
    "interpolate_networks",
    "load",
    "results",
    "train",
]

# A library leaves the settings of the process that uses it alone.
_with_our_keras = keras_settings.settled()
evaluate = _with_our_keras(evaluate)
evaluate_images = _with_our_keras(evaluate_images)
export = _with_our_keras(export)
export_weights = _with_our_keras(export_weights)
import_weights = _with_our_keras(import_weights)
interpolate_networks = _with_our_keras(interpolate_networks)
load = _with_our_keras(load)
train = _with_our_keras(train)

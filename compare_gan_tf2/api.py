"""What the commands do, to be called from Python; see the README for an example."""

from compare_gan_tf2.compare_gan_v3.tasks import export_weights, import_weights
from compare_gan_tf2.errors import UserError
from compare_gan_tf2.evaluation.images import evaluate_images
from compare_gan_tf2.evaluation.task import evaluate
from compare_gan_tf2.hub_export.load import load
from compare_gan_tf2.hub_export.save import export
from compare_gan_tf2.options import Options
from compare_gan_tf2.training.loop import train

__all__ = [
    "Options",
    "UserError",
    "evaluate",
    "evaluate_images",
    "export",
    "export_weights",
    "import_weights",
    "load",
    "train",
]

"""Gives a GAN the feature maps that its option perceptual names, the same ones in every part of a training."""

from __future__ import annotations

import logging
import pathlib

from compare_gan_tf2.datasets.catalog import Places
from compare_gan_tf2.extractors import Request, feature_maps
from compare_gan_tf2.gans.base import BaseGan
from compare_gan_tf2.task_folder import feature_maps as of_task

_log = logging.getLogger(__name__)


def give(gan: BaseGan, folder: pathlib.Path, places: Places, *, writes: bool) -> None:
    """Sets `gan.feature_maps`, of a task that has some.

    Args:
        gan: of the task.
        folder: of the task.
        places: where the data set's classifier is looked for, or trained.
        writes: whether this process writes the task's files.

    Raises:
        UserError: as `feature_maps.load`, or if the task began with other weights.
    """
    name = gan.options.perceptual
    if name == "none":
        return
    found = feature_maps.load(name, Request(gan.dataset, places.dataset_root, places.cache_dir))
    of_task.agree(folder, found.id, writes=writes)
    _log.info("feature maps of %s", found.id)
    gan.feature_maps = found.of

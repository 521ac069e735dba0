"""What compare_gan_sample does with --kind=neighbors: samples over the training pictures nearest to them."""

from __future__ import annotations

from typing import Any

from absl import flags

from compare_gan_tf2.commands import _run
from compare_gan_tf2.errors import UserError

KIND = "neighbors"
_COUNT, _COLUMNS = 16, 8


def check(values: flags.FlagValues) -> None:
    """UserError for flags that do not belong to the kind, or to each other."""
    if values.kind != KIND:
        return
    if values.ability is not None:
        raise UserError(f"--ability has no effect with --kind={KIND}; leave it out")
    if values.dataset_root is not None and values.inputs is not None:
        raise UserError(
            "--dataset_root is for the module's own training pictures, and --inputs for yours; give only one of them"
        )


def picture(values: flags.FlagValues, module: Any) -> Any:
    """The sheet, uint8 [height, width, C]; says how near the samples are."""
    from compare_gan_tf2.datasets.places import places
    from compare_gan_tf2.hub_export import neighbors, sample
    from compare_gan_tf2.task_folder import grids

    about = sample.facts(module)
    if grids.is_point(about.image_shape):
        raise UserError(f"--kind={KIND} is for images, and this module generates points in the plane")
    given: dict[str, Any] = {"seed": values.seed or 0, "truncation": values.truncation}
    if values.labels is not None:
        given["labels"] = sample.parse_labels(values.labels, about)
    root, cache_dir = (_run.folder(each) if each else None for each in (values.dataset_root, values.cache_dir))
    where = places(root, cache_dir)
    if values.inputs is None:
        pictures = neighbors.of_training(module, where)
    else:
        pictures = neighbors.of_files(about.image_shape, _run.folder(values.inputs), where)
    samples = sample.samples(module, values.count or _COUNT, **given)
    found = neighbors.nearest(samples, pictures)
    if not values.json:
        print(
            f"{found.near} of {len(samples)} samples are near copies: closer, by pixels, to their nearest training "
            f"picture than this picture is to any other one ({found.searched} training pictures)",
            flush=True,
        )
    return neighbors.sheet(samples, found, values.columns or _COLUMNS)

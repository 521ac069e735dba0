"""Sheets of an exported module's w, mixing and truncation; and its images whose w are truncated or kept."""

from __future__ import annotations

import pathlib
from collections.abc import Sequence
from typing import Any

import numpy as np

from compare_gan_tf2.errors import UserError
from compare_gan_tf2.files import replace_folder
from compare_gan_tf2.hub_export import pairs, sample
from compare_gan_tf2.hub_export.styles import UNTRUNCATED, Drawn, Styled, Truncation, has_w
from compare_gan_tf2.task_folder import grids, style_grids

ROWS, COLUMNS = 4, 6


def mixing(
    styled: Styled,
    layers: str = style_grids.THIRDS[0],
    *,
    rows: int = ROWS,
    columns: int = COLUMNS,
    seed: int = 0,
    labels: Sequence[int] = (),
    latents: pathlib.Path | None = None,
    truncation: Truncation = UNTRUNCATED,
) -> tuple[style_grids.Mixed, Drawn]:
    """Images of the rows with some layers of the columns.

    Args:
        styled: the module.
        layers: as of `style_grids.chosen_layers`.
        rows: how many images keep the other layers.
        columns: how many images the layers are taken of.
        seed: the first latents are those of the rows, the next ones those of the columns.
        labels: of both in turn.
        latents: a file as of `Styled.read` in place of latents that are drawn, its first w for the rows.
        truncation: of all w.

    Returns:
        The sheet, and the w of rows and columns.

    Raises:
        UserError: if layers, labels or the file do not fit.
    """
    chosen = style_grids.chosen_layers(layers, styled.layers)
    drawn = _given(styled, rows + columns, seed, labels, latents)
    assert drawn.ws is not None
    ws = styled.truncated(drawn.ws, truncation, drawn.labels)
    return style_grids.mixed(styled.images, ws[:rows], ws[rows:], chosen), drawn


def truncation_sheet(
    styled: Styled,
    psis: Sequence[float] = style_grids.PSI,
    *,
    columns: int = COLUMNS,
    seed: int = 0,
    labels: Sequence[int] = (),
    latents: pathlib.Path | None = None,
    truncation: Truncation = UNTRUNCATED,
) -> tuple[np.ndarray, Drawn]:
    """A row for each psi, of the same w in every row.

    Args:
        styled: the module.
        psis: of the rows.
        columns: how many w.
        seed: of their latents.
        labels: of them in turn.
        latents: as of `mixing`.
        truncation: says layers and center; its psi is not looked at.

    Returns:
        uint8 [height, width, C], and the w.

    Raises:
        UserError: if labels, layers, center or the file do not fit.
    """
    drawn = _given(styled, columns, seed, labels, latents)
    assert drawn.ws is not None
    center = styled.center_for(truncation, drawn.labels)
    return style_grids.truncated(styled.images, drawn.ws, center, psis, truncation.layers), drawn


def images(
    module: Any,
    count: int = 64,
    *,
    seed: int = 0,
    labels: Sequence[int] = (),
    bound: float = 0.0,
    truncation: Truncation | None = None,
) -> tuple[np.ndarray, Drawn]:
    """The images of `sample.samples`, or the same latents' with truncated w; and the latents, with w if there are any.

    Args:
        module: a loaded one, with w where they are truncated.
        count, seed, labels: as of `sample.samples`.
        bound: its `truncation`.
        truncation: of w; None takes the images as the module draws them.

    Returns:
        float32 [count, H, W, C] in [0, 1]; latents, labels and w as they are before they are truncated.

    Raises:
        UserError: if the module has no w to truncate, or as `sample.samples` and `Styled.truncated`.
    """
    has_styles = has_w(module)
    if truncation is None and not has_styles:
        about = sample.facts(module)
        chosen = sample.checked(about, labels, seed, bound, count=count)
        latents = [(z.numpy(), given) for z, given in pairs.latents(about, count, seed, chosen, bound)]
        given = [each for _, each in latents if each is not None]
        drawn = Drawn(None, np.concatenate([z for z, _ in latents]), np.concatenate(given) if given else None)
        return sample.samples(module, count, seed=seed, labels=labels, truncation=bound), drawn
    styled = Styled(module, "--psi")
    drawn = styled.all_drawn(count, seed, labels, bound)
    if truncation is None:
        return sample.samples(module, count, seed=seed, labels=labels, truncation=bound), drawn
    assert drawn.ws is not None
    return styled.images(styled.truncated(drawn.ws, truncation, drawn.labels)), drawn


def write_grid(path: pathlib.Path, pictures: np.ndarray, columns: int) -> None:
    """Writes pictures float [N, H, W, C] side by side; points of the plane as one plot."""
    is_point = grids.is_point(pictures.shape[1:])
    grids.write_png(path, grids.scatter(pictures) if is_point else grids.grid(pictures, columns))


def write_files(folder: pathlib.Path, pictures: np.ndarray) -> None:
    """Writes pictures float [N, H, W, C] as 00000.png and so on into a folder that is complete or not there."""
    sample.require_new(folder)
    with replace_folder(folder, durable=False) as new:
        for i, picture in enumerate(grids.to_uint8(pictures)):
            (new / f"{i:05}.png").write_bytes(grids.encode_png(picture))


def _given(styled: Styled, count: int, seed: int, labels: Sequence[int], latents: pathlib.Path | None) -> Drawn:
    if latents is None:
        return styled.all_drawn(count, seed, labels)
    found = styled.read(latents)
    assert found.ws is not None
    if len(found.ws) < count:
        raise UserError(f"{latents} has {len(found.ws)} w, and the grid needs {count}")
    z, given = found.z, found.labels
    return Drawn(found.ws[:count], None if z is None else z[:count], None if given is None else given[:count])

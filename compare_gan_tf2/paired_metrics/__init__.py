"""Scores of images one by one, beside their truths, inputs, labels or other outputs; the file's name is the metric's.

A file defines `measure(setup) -> Measure`, which refuses with UserError what cannot be, and says of itself:
    NEEDS: what has to be there: of `NEEDS` below.
    COLUMNS: what it reads of the data set beside pictures, row by row; nothing where nothing is said.
    LOWER_IS_BETTER: as of a metric on samples.
    LEAST_SIDE: pixels that both sides of an image need; 1 where nothing is said.
    CHANNELS: numbers of channels that it takes; any where nothing is said.
    READS_FILE: whether it needs a file of weights of the user's; False where nothing is said.
    PROTOCOL: what its numbers depend on beside the images, for the row; no semicolons, no parentheses.
All but `measure` and PROTOCOL are literals, read without importing the file.

How an evaluation uses them (nothing but images, as they would be written to disk, is looked at):

    names = panel.chosen("l1,psnr_rgb")  # an option's text; "" chooses none
    panel.require(names, {"truths", "inputs"}, (32, 32, 3))  # refuses by name, from facts alone, before any work
    scored = Panel(names, Setup((32, 32, 3), truths=True, input_shape=(32, 32, 3)))
    for a, b in batches:
        outputs = grids.to_uint8(translate(a))  # of finite pixels
        scored.update(Batch(outputs, truths=b, inputs=a))
    scored.columns()  # {"l1": 0.031, "psnr_rgb": 27.4}: the score columns of a row of this ability
    scored.images  # how many
    scored.protocol()  # ["l1 (pixels in 0 to 1)", ...] for the protocol's metrics

A score is a mean over images, and each image's number is float64 and follows from that image alone: the results are the
same to the bit whatever the batches and the order, and memory does not grow with the number of images. (Networks, of
an extractor or LPIPS, always see batches of one size, filled up, so theirs are as equal as the network is; batches of
fewer images than `Extractor.batch_size` cost as much as that.)
`task_folder.column_names` knows which direction of each score is better.
"""

from __future__ import annotations

import dataclasses
import pathlib
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

import numpy as np

from compare_gan_tf2.extractors import Extractor

if TYPE_CHECKING:
    from compare_gan_tf2.extractors.attribute_judge import Judge
    from compare_gan_tf2.extractors.caption_matcher import Matcher

# What a metric may need, and how a refusal calls it.
NEEDS = {
    "truths": "true images",
    "inputs": "inputs of the outputs' own shape",
    "labels": "labels that the outputs were made for",
    "draws": "several outputs for one input",
    "features": "an extractor for images of this shape",
    "logits": "an extractor that tells classes of such images apart",
    "attributes": "attributes that the outputs were made for",
    "captions": "captions that the outputs were made for",
    # Rules by which pictures of a data set can be judged, `Dataset.rules`.
    "domains": "pictures of data set polygon_domains",
    "hues": "pictures of data set polygon_tint",
    "mask": "masks of holes, as data sets hole:SET have them",
    "scenes": "pictures of data set polygon_scene",
    "words": "captions of data set polygon_caption",
}
# What Batch.beside calls attributes that outputs were made for, float32 [N, A].
ATTRIBUTES = "target_attributes"
RULES = ("domains", "hues", "mask", "scenes", "words")


@dataclasses.dataclass(frozen=True, eq=False)
class Batch:
    """N outputs and what belongs to each; images are uint8, as they are written to disk.

    Attributes:
        outputs: uint8 [N, H, W, C].
        truths: uint8 [N, H, W, C], or None.
        inputs: uint8 [N, h, w, c], what the outputs were made from, or None.
        labels: whole numbers [N] that the outputs were made for, from 0, or None.
        draws: uint8 [N, K, H, W, C], K outputs for each input, or None; the outputs may be among them.
        beside: other columns of the data set [N, ...], by name.

    Raises:
        ValueError: if a type is another, or shapes do not belong together.
    """

    outputs: np.ndarray
    truths: np.ndarray | None = None
    inputs: np.ndarray | None = None
    labels: np.ndarray | None = None
    draws: np.ndarray | None = None
    beside: Mapping[str, np.ndarray] = dataclasses.field(default_factory=dict)

    def __post_init__(self) -> None:
        for name, dimensions in (("outputs", 4), ("truths", 4), ("inputs", 4), ("draws", 5)):
            images = getattr(self, name)
            if images is not None and (images.dtype != np.uint8 or images.ndim != dimensions):
                raise ValueError(f"{name} are {images.dtype} {images.shape}, and have to be uint8 of {dimensions} axes")
        if self.truths is not None and self.truths.shape != self.outputs.shape:
            raise ValueError(f"truths have shape {self.truths.shape}, and outputs {self.outputs.shape}")
        if self.draws is not None and self.draws.shape[2:] != self.outputs.shape[1:]:
            raise ValueError(f"draws have shape {self.draws.shape}, and outputs {self.outputs.shape}")
        if self.labels is not None and (self.labels.ndim != 1 or not np.issubdtype(self.labels.dtype, np.integer)):
            raise ValueError(f"labels are {self.labels.dtype} {self.labels.shape}, and have to be whole numbers [N]")
        for name in ("inputs", "labels", "draws"):
            rows = getattr(self, name)
            if rows is not None and len(rows) != len(self.outputs):
                raise ValueError(f"there are {len(rows)} {name} for {len(self.outputs)} outputs")
        for name, rows in self.beside.items():
            if len(rows) != len(self.outputs):
                raise ValueError(f"there are {len(rows)} rows of {name} for {len(self.outputs)} outputs")


@dataclasses.dataclass(frozen=True)
class Setup:
    """What every batch of an evaluation brings, and what there is to judge it with.

    Attributes:
        image_shape: (H, W, C) of outputs.
        truths: whether there are true images.
        input_shape: (h, w, c) of inputs; None without inputs.
        labels: whether there are labels.
        draws: K, outputs for one input; 0 without.
        extractor: of features, of images of this shape; None without.
        judge: gives the judge of attributes that the outputs were made for; None without.
        matcher: gives the judge of captions that the outputs were made for; None without.
        rules: by which such pictures can be judged, of `RULES`.
        lpips_folder: where weights of LPIPS are looked for, alex.npz and vgg.npz; None without.
    """

    image_shape: tuple[int, int, int]
    truths: bool = False
    input_shape: tuple[int, int, int] | None = None
    labels: bool = False
    draws: int = 0
    extractor: Extractor | None = dataclasses.field(default=None, repr=False)
    lpips_folder: pathlib.Path | None = None
    judge: Callable[[], Judge] | None = dataclasses.field(default=None, repr=False)
    matcher: Callable[[], Matcher] | None = dataclasses.field(default=None, repr=False)
    rules: frozenset[str] = frozenset()

    @property
    def has(self) -> frozenset[str]:
        """What is there of `NEEDS`."""
        fits = self.extractor is not None and self.extractor.image_shape in (None, self.image_shape)
        there = {
            "truths": self.truths,
            "inputs": self.input_shape == self.image_shape,
            "labels": self.labels,
            "draws": self.draws > 1,
            "features": fits,
            "attributes": self.judge is not None,
            "captions": self.matcher is not None,
            "logits": fits and self.extractor is not None and self.extractor.num_logits > 0,
        }
        return frozenset(need for need, is_there in there.items() if is_there) | self.rules


@dataclasses.dataclass(frozen=True)
class Measure:
    """What a metric does with a batch.

    Attributes:
        values: gives score -> float64 [M] of a batch of N >= 1, finite numbers of the M <= N images that have one, each
            a function of its own rows of the batch alone.
        details: what the numbers depend on beside what PROTOCOL says, as the digits of weights; may be empty.
        extractor_id: of the extractor that they depend on, for the column; empty without.
        finished: what becomes of the means over images, score -> mean, in the end; they stay as they are without.
    """

    values: Callable[[Batch], dict[str, np.ndarray]]
    details: str = ""
    extractor_id: str = ""
    finished: Callable[[dict[str, float]], dict[str, float]] | None = None


def by_image(score: str, value: Callable[[np.ndarray, np.ndarray], float]) -> Measure:
    """The measure of a function of an output and its truth, both uint8 [H, W, C]."""

    def values(batch: Batch) -> dict[str, np.ndarray]:
        assert batch.truths is not None
        pairs = zip(batch.outputs, batch.truths, strict=True)
        return {score: np.array([value(output, truth) for output, truth in pairs], np.float64)}

    return Measure(values)

"""Context Encoder on photographs: CIFAR-10 with a square hole of half the sides in the center."""

from __future__ import annotations

from benchmarks.translation_demos import HOLE_NUMBERS, Demo, Number, baseline

OPTIONS = {
    "adversarial_weight": 0.001,
    "batch_size": 32,
    # A sixteenth of the published pixels go through it.
    "bottleneck_channels": 1_000,
    "dataset": "hole:cifar10",
    "ema_decay": 0.99,
    "evaluated_abilities": "inpaint",
    "evaluation_samples": 2_000,
    "gan": "context_encoder",
    "hole_overlap": 0,
    "learning_rate_decay": 0.5,
    "training_steps": 4_000,
    "width": 0.5,
}

DEMO = Demo(
    "cifar10_hole",
    "The middle of photographs is filled better than with one color.",
    options=OPTIONS,
    controls={"baseline": baseline(OPTIONS, evaluated_abilities="inpaint_ring_mean,inpaint_mean")},
    metrics="fid,hole",
    numbers=(
        *HOLE_NUMBERS,
        Number("inpaint/fid", control="baseline/inpaint_ring_mean/fid"),
    ),
)

"""Options that no compiled step depends on, for whoever keeps steps, or tasks of one form together (no TensorFlow)."""

from __future__ import annotations

from compare_gan_tf2.options import EVALUATION

# Options of the evaluation that networks are built with, which draw a training's sheets too.
_BUILT_IN = {"truncation_cutoff", "truncation_psi"}
# Keys of random numbers and rates are arguments of a compiled step; the others are for Python alone.
FREE = frozenset(
    {
        *(name for name in EVALUATION if name not in _BUILT_IN),
        "beta1",
        "beta2",
        "d_learning_rate",
        "g_learning_rate",
        "keep_checkpoints",
        "learning_rate_decay",
        "save_every_steps",
        "save_initial",
        "seed",
        "start_from",
        "training_steps",
    }
)

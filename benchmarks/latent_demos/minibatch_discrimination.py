"""Minibatch discrimination: a GAN of 25 Gaussians keeps more of them (Salimans et al. 2016, section 3.2)."""

from benchmarks.latent_demos import Demo, Number

DEMO = Demo(
    "minibatch_discrimination",
    "A discriminator that compares the points of a batch keeps the generator from losing Gaussians.",
    options={
        "dataset": "grid", "gan": "modular", "architecture": "mlp", "z_dim": 2, "z_distribution": "normal",
        "batch_size": 128, "g_learning_rate": 1e-3, "d_learning_rate": 1e-3, "minibatch_kernels": 16,
        "training_steps": 5_000, "save_every_steps": 5_000,
    },
    seeds=(0, 1, 2),
    controls={"without": {"minibatch_kernels": 0}},
    metrics="mixture_modes",
    numbers=(
        Number(
            "mixture_modes", control="without/mixture_modes",
            published="nothing for Gaussians; on CIFAR-10 an Inception score of 8.09 against 3.87 (quoted from memory)",
            expected="more modes than without", least_more=1.0,
        ),
    ),
    finding="it keeps fewer modes (median 17 of 25) than the same GAN without minibatch discrimination (24), which "
    "does not collapse at these learning rates, so there is nothing to improve. The demonstration needs learning rates "
    "at which that GAN collapses",
)  # fmt: skip

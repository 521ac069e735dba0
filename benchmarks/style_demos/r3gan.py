"""R3GAN with one narrow block to a stage, schedules as long as the training, and less of a penalty than published."""

from benchmarks.style_demos import on_cifar10

DEMO = on_cifar10(
    "r3gan",
    "Pairs, and R1 and R2 in every step.",
    {
        "augmentation": "none", "cardinality": 8, "d_learning_rate": 5e-4, "final_augmentation_probability": 0.0,
        "final_r1_gamma": 0.01, "g_learning_rate": 5e-4, "gan": "r3gan", "r1_gamma": 0.1, "schedule_kimg": 100.0,
        "stage_blocks": 1, "width": 1.0 / 12.0,
    },
    expected="20 to 24, recall near 0; better than SNDCGAN is a hope",
    finding="colored spots before plain grounds, and a pattern of small squares over them",
)  # fmt: skip

"""Programs that need two devices, which a process can only be given before it uses TensorFlow."""

from compare_gan_tf2.api import Options, evaluate, train
from compare_gan_tf2.runtime.distribution import create

STRATEGIES = (("one", "one_device", 0), ("two", "mirrored", 2))


def train_and_score(dataset_root: str, work: str) -> None:
    """Trains and scores a task on one device and on two, in <work>/one and <work>/two."""
    options = Options.from_dict(
        {
            "dataset": "triangles",
            "width": 0.1,
            "z_dim": 8,
            "batch_size": 8,
            "training_steps": 2,
            "save_every_steps": 2,
            "evaluation_samples": 500,
            "metrics": "fid,kid,precision_recall,density_coverage",
            "loss": "wasserstein",
            "g_optimizer": "sgd",
            "d_optimizer": "sgd",
            "learning_rate": 1e-3,
        }
    )
    # The larger number first: a device cannot be split once it was used.
    for name, strategy, replicas in reversed(STRATEGIES):
        train(options, f"{work}/{name}", dataset_root=dataset_root, strategy=create(strategy, replicas))
        evaluate(f"{work}/{name}", dataset_root=dataset_root, cache_dir=f"{work}/cache")

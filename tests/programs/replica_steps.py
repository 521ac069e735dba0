"""Steps on two replicas against the same steps on one: everything that a training keeps, and what it measures."""

import dataclasses
import pathlib

import numpy as np
import tensorflow as tf

from compare_gan_tf2.datasets import catalog
from compare_gan_tf2.gans import build
from compare_gan_tf2.options import Options
from compare_gan_tf2.runtime.distribution import create
from compare_gan_tf2.task_folder import checkpoints
from compare_gan_tf2.training.loop import train
from compare_gan_tf2.training.steps import Stepper

SMALL = {"dataset": "mnist", "width": 0.03, "z_dim": 4, "batch_size": 8, "initializer_stddev": 0.3}
DATA = dataclasses.replace(catalog.find("mnist"), image_shape=(8, 8, 1))
# By SGD: Adam turns the rounding of a gradient that is nearly zero into a step of its own size.
SGD = {"g_optimizer": "sgd", "d_optimizer": "sgd", "g_learning_rate": 0.02, "d_learning_rate": 0.02}
# The second step is one of a fade, before which optimizers begin anew.
GROWING = {"dataset": "cifar10", "width": 0.01, "growing_from": 4, "growing_stable_kimg": 0.007,
           "growing_fade_kimg": 0.02, "initializer_stddev": 0.02}  # fmt: skip
WHOLE_BATCH = [
    {"loss": "softmax", "penalty": "lecam"},
    {"loss": "relativistic_average_hinge", "penalty": "dragan", "d_normalization": "batch"},
    {"loss": "relativistic_average", "penalty": "latent_consistency", "d_weight_normalization": "weight"},
    {"loss": "hinge", "augmentation": "adaptive", "penalty": "orthogonal", "g_weight_normalization": "spectral"},
    {"conditional": True, "g_normalization": "conditional_batch", "d_conditioning": "concatenation",
     "fake_labels": "data", "penalty": "r1"},
    {"gan": "began", "d_normalization": "batch"},
    {"gan": "ebgan", "d_weight_normalization": "spectral"},
    {"accumulation_steps": 2, "g_normalization": "none", "d_weight_normalization": "spectral"},
    {"dataset": "cifar10", "architecture": "resnet_cifar", "gradient_checkpointing": True, "d_normalization": "batch",
     "d_weight_normalization": "spectral"},
    {"precision": "mixed_float16", "d_weight_normalization": "spectral"},
    {"gan": "multigan", "aggregation": "alpha", "background": "related", "relation_blocks": 1, "relation_heads": 2},
    {"gan": "vae", "g_normalization": "batch", "d_normalization": "batch"},
    {"gan": "ssgan", "d_normalization": "batch", "rotated_batch_size": 16},
    {"gan": "s3gan", "conditional": True, "class_predictor": True, "rotated_batch_size": 8},
    {"gan": "bigan", "d_normalization": "batch"},
    {"gan": "acgan", "d_weight_normalization": "spectral", "first_update": "generator"},
    {"gan": "infogan", "information_update": "apart"},
    {"gan": "ali", "d_weight_normalization": "spectral"},
    {"gan": "aae", "gradient_clipping": 0.01, "posterior": "gaussian"},
    {"gan": "vae_gan", "gate_margin": 0.001},
    {"gan": "matching_aware", "d_normalization": "batch"},
    {"gan": "icgan", "networks_from": "/another/1", "d_normalization": "batch"},
    {"gan": "lapgan", "conditional": True, "pyramid_levels": 1},
    {"gan": "stylegan2", "dataset": "cifar10", "width": 0.01, "mapping_layers": 2, "ema_decay": 0.5,
     "initializer_stddev": 0.02},
    {"gan": "r3gan", "dataset": "cifar10", "width": 0.01, "stage_blocks": 1, "initializer_stddev": 0.02},
    {"feature_matching": "squared", "minibatch_kernels": 3, "historical_averaging": 0.1,
     "g_normalization": "virtual_batch", "reference_latents": 3},
    {"gan": "sgan", "feature_matching": "absolute", "minibatch_kernels": 2, "d_normalization": "batch"},
    {"gan": "sgan_k_outputs", "architecture": "sgan_mlp", "data_start_images": 8, "minibatch_kernels": 2},
    {"gan": "bigbigan", "architecture": "mlp", "disc_iters": 1},
    {"gan": "clustergan", "architecture": "mlp", "d_learning_rate": 0.002, "disc_iters": 2},
    {"gan": "ogan", "architecture": "mlp"},
    {"gan": "pggan", **GROWING, "conditional": True},
    {"gan": "stylegan", **GROWING, "mapping_layers": 2},
]  # fmt: skip
LABELED = {"conditional": True, "g_normalization": "conditional_batch", "fake_labels": "data", "rotated_batch_size": 8}
SOFT = [
    {"d_conditioning": "concatenation", "penalty": "consistency", "d_normalization": "batch"},
    {"gan": "ssgan", "judge": "apart"},
    {"gan": "s3gan", "class_predictor": True},
]


def _after_two_steps(options, labels, strategy):
    with strategy.scope():
        gan = build(options, DATA)
    reads = len(gan.engine.reads())
    images = np.random.default_rng(0).integers(0, 256, (reads, 8, 8, 8, 1), np.uint8)
    batch = gan.batches_of(tf.constant(images), tf.constant(np.repeat(labels, reads, 0)))
    (_, measured), _ = Stepper(gan, strategy).run(iter([batch] * 2), 2, 0)
    values = {f"{part}/{name}": each.numpy() for part, named in gan.tracked().items() for name, each in named.items()}
    return measured | values


def _both(options, labels, mirrored):
    """Of one device, and of two: by one strategy for all, because the runtime remembers the collectives of others."""
    return [_after_two_steps(options, labels, strategy) for strategy in (create("one_device"), mirrored)]


def objectives_of_the_whole_batch(*numbers: str) -> None:
    """Losses, weights, statistics, vectors and states of steps that need the whole batch, by place in WHOLE_BATCH."""
    mirrored = create("mirrored", 2)
    labels = np.random.default_rng(1).integers(0, 10, (1, 8), np.int32)
    labels[0, [0, 2, 5]] = -1
    for case in (WHOLE_BATCH[int(number)] for number in numbers):
        one, two = _both(Options.from_dict(SMALL | SGD | case), labels, mirrored)
        assert one.keys() == two.keys()
        share = 5e-2 if "precision" in case else 1e-3
        for name, value in one.items():
            scale = max(np.abs(value).max(), 1e-2)
            np.testing.assert_allclose(two[name], value, rtol=0, atol=share * scale, err_msg=f"{case}: {name}")
        assert sum(any(word in name for word in ("kernel", "u_var", "moving", "loss")) for name in one) > 8
        print("equal")


def two_domains() -> None:
    """Weights, losses and buffers of two steps that read images of two domains."""
    images = np.random.default_rng(0).uniform(0, 1, (2, 2, 4, 16, 16, 1)).astype(np.float32)
    options = Options.from_dict(SMALL | SGD | {
        "gan": "cyclegan", "translator_blocks": 1, "patch_layers": 1, "batch_size": 4, "image_buffer": 5,
    })  # fmt: skip
    dataset = dataclasses.replace(DATA, image_shape=(16, 16, 1))
    found = []
    for strategy in (create("mirrored", 2), create("one_device")):
        with strategy.scope():
            gan = build(options, dataset)
        count = strategy.num_replicas_in_sync

        @tf.function(autograph=False)
        def step(a, b, number, gan=gan, strategy=strategy):
            def replica(a, b):
                return gan.engine.step({"translators": {"a": a, "b": b}}, number, (0, 1), None)

            measured = strategy.run(replica, args=(a, b))
            return {name: strategy.reduce("MEAN", each, axis=None) for name, each in measured.items()}

        for number in (1, 2):
            shares = [
                strategy.experimental_distribute_values_from_function(
                    lambda context, whole=whole, count=count: tf.constant(
                        np.split(whole, count)[context.replica_id_in_sync_group]
                    )
                )
                for whole in images[number - 1]
            ]
            measured = step(*shares, tf.constant(number, tf.int64))
        kept = [(f"{part}/{name}", each) for part, named in gan.tracked().items() for name, each in named.items()]
        found.append({name: each.numpy() for name, each in [*kept, *measured.items()]})
    two, one = found
    assert one.keys() == two.keys() and one["state/buffer/count"] == two["state/buffer/count"] == 5
    for name, value in one.items():
        scale = max(np.abs(value).max(), 1e-2)
        np.testing.assert_allclose(two[name], value, rtol=0, atol=1e-3 * scale, err_msg=name)
    print("equal")


def soft_and_missing_labels() -> None:
    """Losses, first moments and statistics with distributions for labels, more in one half of the batch."""
    mirrored = create("mirrored", 2)
    labels = np.random.default_rng(0).dirichlet([0.3] * 10, (1, 8)).astype(np.float32)
    labels[0, [1, 2, 3, 6]] = 0
    for case in SOFT:
        one, two = _both(Options.from_dict(SMALL | LABELED | case), labels, mirrored)
        # Not the weights: Adam turns a gradient's rounding into a step of its own size where it is nearly zero.
        checked = [name for name in one if any(word in name for word in ("kernel_momentum", "loss", "moving"))]
        for name in checked:
            scale = max(np.abs(one[name]).max(), 1e-4)
            np.testing.assert_allclose(two[name], one[name], rtol=0, atol=5e-3 * scale, err_msg=f"{case}: {name}")
        assert len(checked) > 8
        print("equal")


def trainings(work: str, dataset_root: str) -> None:
    """First moments, statistics and vectors in the checkpoints of two trainings."""
    options = Options.from_dict({
        "dataset": "triangles", "width": 0.1, "z_dim": 8, "batch_size": 8, "training_steps": 2, "disc_iters": 1,
        "save_every_steps": 2, "d_weight_normalization": "spectral", "d_normalization": "batch", "penalty": "wgan_gp",
        "ema_decay": 0.5,
    })  # fmt: skip
    found = []
    # The larger number first: a device cannot be split once it was used.
    for name, strategy, replicas in (("two", "mirrored", 2), ("one", "one_device", 0)):
        folder = pathlib.Path(work) / name
        train(options, folder, dataset_root=dataset_root, strategy=create(strategy, replicas))
        reader = tf.train.load_checkpoint(str(checkpoints.path(folder, 2) / "weights"))
        found.append({key: reader.get_tensor(key) for key in reader.get_variable_to_shape_map()})
    two, one = found
    assert one.keys() == two.keys() and len(one) > 60
    # Adam turns a gradient's rounding into a step of its own size where the gradient is nearly zero, as in biases
    # before a batch norm; gradients (its first moments), statistics and vectors have no such excuse.
    words = ("kernel_momentum", "gamma_momentum", "moving", "u_var")
    checked = [key for key in one if any(word in key for word in words)]
    for key in checked:
        np.testing.assert_allclose(two[key], one[key], rtol=0, atol=2e-3 * np.abs(one[key]).max(), err_msg=key)
    assert len(checked) > 25
    print("equal")

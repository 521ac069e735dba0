"""Steps under XLA, several to a call, and on pieces of the batch."""

import math

import numpy as np
import pytest
import tensorflow as tf
from slow_cases import slow_unless

from compare_gan_tf2.architectures import _small_maps
from compare_gan_tf2.errors import UserError
from compare_gan_tf2.gans.base import build
from compare_gan_tf2.options import Options
from compare_gan_tf2.runtime import distribution
from compare_gan_tf2.training.steps import Stepper
from datasets import catalog

SMALL = {
    "dataset": "mnist", "width": 0.05, "z_dim": 4, "batch_size": 8, "initializer_stddev": 0.3,
    "g_optimizer": "sgd", "d_optimizer": "sgd", "g_learning_rate": 0.01, "d_learning_rate": 0.01,
}  # fmt: skip
TYPES = [
    {"gan": "modular", "d_weight_normalization": "spectral", "penalty": "wgan_gp", "disc_iters": 2},
    {"gan": "began"},
    {"gan": "ebgan"},
    {"gan": "multigan", "aggregation": "alpha", "relation_blocks": 1, "relation_heads": 2},
    {"gan": "vae"},
    {"gan": "ssgan", "rotated_batch_size": 8},
    {"gan": "s3gan", "conditional": True, "class_predictor": True, "rotated_batch_size": 8},
]
BLOCKS = {
    "dataset": "cifar10", "architecture": "biggan", "conditional": True, "g_normalization": "conditional_batch",
    "z_dim": 20, "g_attention": "B1", "d_attention": "B1", "gradient_checkpointing": True,
}  # fmt: skip


@pytest.fixture
def deterministic():
    """As in trainings; some gradients have no deterministic form in XLA."""
    tf.config.experimental.enable_op_determinism()
    tf.random.set_seed(0)


def _batches(options, count):
    source = np.random.default_rng(1)
    shape = [count, options.disc_iters, options.batch_size]
    images = source.integers(0, 256, (*shape, *catalog.of(options).image_shape), np.uint8)
    labels = source.integers(-1, 10, shape, np.int32)
    return [(tf.constant(x), tf.constant(y)) for x, y in zip(images, labels, strict=True)]


def _after(options, count=3, **how):
    """Measurements [count, names], and all variables after so many steps."""
    strategy = distribution.create("one_device")
    with strategy.scope():
        gan = build(options)
    measured, leaves = Stepper(gan, strategy, **how).run(
        iter([gan.batches_of(*each) for each in _batches(options, count)]), count, 0
    )
    assert not leaves
    measured = np.array([[row[name] for name in sorted(row)] for row in measured])
    return measured, {f"{p}/{n}": v.numpy() for p, named in gan.tracked().items() for n, v in named.items()}


def _assert_close(ours, theirs, share):
    np.testing.assert_allclose(ours[0], theirs[0], rtol=share, atol=share)
    for name, value in theirs[1].items():
        np.testing.assert_allclose(
            ours[1][name], value, rtol=0, atol=share * max(np.abs(value).max(), 1e-2), err_msg=name
        )


@pytest.mark.parametrize(
    "changes",
    slow_unless(lambda changes: False, (*TYPES, BLOCKS)),
    ids=lambda changes: changes.get("gan", changes.get("architecture")),
)
@pytest.mark.usefixtures("deterministic")
def test_the_step_of_every_gan_type_compiles_under_xla(changes):
    options = Options.from_dict(SMALL | changes)
    _assert_close(_after(options, 2, jit_compile=True), _after(options, 2), 2e-3)


@pytest.mark.usefixtures("deterministic")
@pytest.mark.slow
def test_the_forms_of_small_maps_make_the_same_step(monkeypatch):
    options = Options.from_dict(SMALL | TYPES[0])
    monkeypatch.setattr(_small_maps, "products_are_faster", lambda *_: False)
    monkeypatch.setattr(_small_maps, "group_size", lambda *_: 1)
    by_the_library = _after(options, 2)
    monkeypatch.setattr(_small_maps, "products_are_faster", lambda *_: True)
    products = _after(options, 2)
    _assert_close(products, by_the_library, 2e-3)
    _assert_close(_after(options, 2, jit_compile=True), products, 2e-3)

    def group_size(batch, columns, _channels, _size, stride, _dtype):
        return 1 if columns % stride else math.gcd(batch, 4)  # of a batch that is known

    monkeypatch.setattr(_small_maps, "group_size", group_size)
    side_by_side = _after(options, 2)
    _assert_close(side_by_side, by_the_library, 2e-3)
    _assert_close(_after(options, 2, jit_compile=True), side_by_side, 2e-3)


def test_several_steps_to_a_call_are_the_same_steps():
    options = Options.from_dict(SMALL | {"architecture": "mlp", "disc_iters": 2})
    one, several = _after(options, 5), _after(options, 5, steps_per_call=2)
    np.testing.assert_array_equal(one[0], several[0])
    for name, value in one[1].items():
        np.testing.assert_array_equal(several[1][name], value, err_msg=name)


@pytest.mark.slow  # by default test_engine.py compares microbatches with the whole batch
@pytest.mark.parametrize(
    "changes",
    [TYPES[0] | {"penalty": "none"}, TYPES[4], {"gan": "ssgan", "rotated_batch_size": 16}, TYPES[1]],
    ids=["modular", "vae", "ssgan", "began"],
)  # fmt: skip
def test_pieces_of_a_batch_give_the_update_of_the_whole(changes):
    # Without batch statistics, which are those of a piece.
    plain = SMALL | {"g_normalization": "none", "d_normalization": "none"} | changes
    whole, pieces = (_after(Options.from_dict(plain | {"accumulation_steps": n}), 2) for n in (1, 2))
    _assert_close(pieces, whole, 1e-3)


@pytest.mark.slow
def test_pieces_come_one_after_the_other():
    options = Options.from_dict(SMALL | {"accumulation_steps": 2, "d_weight_normalization": "spectral"})
    arguments = (*_batches(options, 1)[0], tf.constant(1, tf.int64))
    operations = tf.function(build(options).train_step).get_concrete_function(*arguments).graph.get_operations()
    kinds = [each.type for each in operations]
    first = kinds.index("Conv2DBackpropFilter")
    then = kinds.index("Conv2D", first)
    waits_for, found = [operations[then]], set()
    while waits_for:
        operation = waits_for.pop()
        if operation.name not in found:
            found.add(operation.name)
            waits_for += [*operation.control_inputs, *(tensor.op for tensor in operation.inputs)]
    assert operations[first].name in found


def test_xla_and_several_replicas_are_refused():
    class Two:
        num_replicas_in_sync = 2

    with pytest.raises(UserError, match="one replica"):
        Stepper(None, Two(), jit_compile=True)


def test_too_little_memory_is_said_in_one_line():
    options = Options.from_dict(SMALL)
    strategy = distribution.create("one_device")
    with strategy.scope():
        gan = build(options)
    stepper = Stepper(gan, strategy)

    def fail(*arguments):
        raise tf.errors.ResourceExhaustedError(None, None, "OOM when allocating tensor")

    stepper._call = fail
    with pytest.raises(UserError, match="batch_size 8 on 1 replica; what needs less: more accumulation_steps"):
        stepper.run(iter(_batches(options, 1)), 1, 0)

"""The engine: what waits for what, what shares of a batch change, and what a GAN type may ask for."""

import dataclasses
import functools
from collections import deque

import numpy as np
import pytest
import tensorflow as tf
from slow_cases import slow_unless

from compare_gan_tf2 import components
from compare_gan_tf2.datasets import catalog
from compare_gan_tf2.gans import Average, Optimizer, Player, Rows, Stream, Term, Turn, build, engine, optimizers
from compare_gan_tf2.gans._updates import Updates
from compare_gan_tf2.gans.base import BaseGan
from compare_gan_tf2.gans.engine import StepNumbers
from compare_gan_tf2.options import Options
from compare_gan_tf2.runtime.draws import Seed
from tests.test_every_gan_type import WITHOUT_STEPS

SMALL = {"dataset": "mnist", "width": 0.05, "z_dim": 4, "batch_size": 8, "rotated_batch_size": 16}
LABELED = {"conditional": True, "g_normalization": "conditional_batch"}
# Of every GAN type, with what it has beyond the others.
TYPES = {
    "modular": {"penalty": "wgan_gp", "d_weight_normalization": "spectral"},
    "aae": {},
    "aae_clustering": {},
    "aae_supervised": LABELED,
    "acgan": {"d_weight_normalization": "spectral", "first_update": "generator"},
    "began": {},
    "cgan": {},
    "ebgan": {},
    "infogan": {"information_update": "apart"},
    "vae": {},
    "vae_gan": {},
    "ssgan": {"d_weight_normalization": "spectral"},
    "s3gan": LABELED | {"class_predictor": True},
    "multigan": {"relation_blocks": 1, "relation_heads": 1},
    "ali": {},
    "icgan": {"networks_from": "/another/1"},
    "lapgan": {"architecture": "lapgan"},
    "matching_aware": {},
    "bigan": {"d_weight_normalization": "spectral"},
    "bigbigan": {"disc_iters": 1},
    "clustergan": {"clusters": 3, "disc_iters": 1},
    "ogan": {"architecture": "mlp"},
    "r3gan": {"dataset": "cifar10", "width": 0.01, "stage_blocks": 1, "augmentation": "none"},
    "sgan": {"d_weight_normalization": "spectral"},
    "sgan_k_outputs": {"architecture": "sgan_mlp", "data_start_images": 8},
    "stylegan2": {"dataset": "cifar10", "width": 0.01, "mapping_layers": 2},
}
DATA = dataclasses.replace(catalog.find("mnist"), image_shape=(8, 8, 1))


def test_every_type_is_looked_at():
    # Those that read two sources, or pairs, or restore images have tests of their own, and of what grows no step moves
    # all.
    others = {"aae_semi_supervised", "bicyclegan", "cogan", "cogan_adaptation", "cyclegan", "discogan", "dualgan",
              "instagan", "munit", "pggan", "pix2pix", "pixelda", "stargan", "stargan_attributes", "stylegan",
              "text_to_image", "unit"}  # fmt: skip
    others |= {"ccgan", "context_encoder", "esrgan", "srgan"}
    assert set(TYPES) == set(components.names("gans")) - {*others, *WITHOUT_STEPS}


def _gan(name, **changes):
    return build(Options.from_dict(SMALL | {"gan": name} | TYPES[name] | changes), DATA)


def _rows(gan):
    source, count = np.random.default_rng(0), len(gan.engine.reads())
    images = source.integers(0, 256, (count, 8, *gan.dataset.image_shape), np.uint8)
    return tf.constant(images), tf.constant(source.integers(0, 10, (count, 8)).astype(np.int32))


def _before(operation):
    """Names of all tensors that an operation waits for, by data or control.

    An output of IdentityN waits for its own input alone: TensorFlow's optimizer of graphs takes it apart.
    """
    found, left = set(), deque([operation])
    while left:
        item = left.popleft()
        if isinstance(item, tf.Operation):
            earlier = [*item.inputs, *item.control_inputs]
        elif item.op.type == "IdentityN":
            earlier = [item.op.inputs[item.value_index], *item.op.control_inputs]
        else:
            earlier = [item.op]
        for each in earlier:
            if each.name not in found:
                found.add(each.name)
                left.append(each)
    return found


def _updates_that_do_not_wait(gan, monkeypatch):
    """Assignments to players' variables in the compiled step that do not wait for all gradients of their turn.

    The gradients are noted where the engine hands them on, and the assignments are found in the graph: those of a turn
    are the ones made between this turn's gradients and the next one's.
    """
    turns = []
    move = Updates.move

    def noted(self, turn, gradients, numbers):
        graph = tf.compat.v1.get_default_graph()
        first = len(graph.get_operations())
        move(self, turn, gradients, numbers)
        known = [each.name for of_player in gradients.values() for each in of_player if each is not None]
        turns.append((known, graph.get_operations()[first:]))

    monkeypatch.setattr(Updates, "move", noted)
    images, labels = _rows(gan)
    # As training calls it: keys and rates are given, for a step that takes all turns.
    due = gan.engine.due(1)
    numbers = StepNumbers(tf.zeros([64], tf.int64), tf.constant(gan.engine.updates.numbers(1, due)))
    step = tf.function(functools.partial(gan.train_step, numbers=numbers, due=due), autograph=False)
    graph = step.get_concrete_function(images, labels, tf.constant(1, tf.int64)).graph
    handles = {
        inner.name
        for outer, inner in graph.captures
        for player in gan.players.values()
        for variable in player.network.trainable_variables
        if outer is variable.value.handle
    }
    early, seen = [], 0
    for gradients, operations in turns:
        for operation in operations:
            writes = operation.type.startswith(("Assign", "ResourceApply"))
            if writes and operation.inputs[0].name in handles:
                seen += 1
                if not set(gradients) <= _before(operation):
                    early.append(operation.name)
    return early, seen


# The engine makes all updates alike; of types that trace slowly each is looked at among the slow tests.
@pytest.mark.parametrize("name", slow_unless(lambda name: name in ("modular", "began", "vae"), TYPES))
def test_every_update_waits_for_all_gradients_of_its_turn(name, monkeypatch):
    gan = _gan(name)
    early, seen = _updates_that_do_not_wait(gan, monkeypatch)
    moving = [player.network for player in gan.players.values() if not player.frozen]
    assert seen >= sum(len(network.trainable_variables) for network in moving)
    assert not early


def test_without_the_barrier_updates_do_not_wait(monkeypatch):
    monkeypatch.setattr(engine, "barrier", lambda tensors: tf.zeros([]))
    early, _ = _updates_that_do_not_wait(_gan("began"), monkeypatch)
    assert early


# By SGD: Adam turns the rounding of a gradient that is nearly zero into a step of its own size.
PLAIN = {"g_normalization": "none", "d_normalization": "none", "g_optimizer": "sgd", "d_optimizer": "sgd",
         "g_learning_rate": 0.05, "d_learning_rate": 0.05, "initializer_stddev": 0.2}  # fmt: skip
DEEP = {"conditional": True, "architecture": "biggan_deep", "dataset": "cifar10", "d_attention": "none", "width": 0.03}
# Types without batch norm: the encoder of bigbigan always has it.
CUT = {
    "modular": {"penalty": "wgan_gp", "d_weight_normalization": "spectral", "augmentation": "adaptive",
                "augmentation_kimg": 0.1},
    "modular, augmented": {"augmentation": "diff_augment", "loss": "hinge", "penalty": "balanced_consistency"},
    # Its discriminator is not cut, its generator is.
    "modular, lecam": {"penalty": "lecam", "loss": "least_squares"},
    "aae": {"posterior": "gaussian"},
    "aae_clustering": {"gradient_clipping": 0.01},
    "began": {"proportional_gain": 0.5},
    "ebgan": {},
    "vae": {},
    "ssgan": {"d_weight_normalization": "spectral"},
    # Of the generators with labels only BigGAN-deep's can do without batch norm.
    "s3gan": {**DEEP, "class_predictor": True, "fake_labels": "data"},
    "multigan": {"relation_blocks": 1, "relation_heads": 1, "aggregation": "alpha"},
    "ali": {},
    "icgan": {**DEEP, "networks_from": "/another/1"},
    "lapgan": {"architecture": "lapgan"},
    "matching_aware": DEEP,
    "bigan": {"d_weight_normalization": "spectral"},
    "infogan": {"information_update": "apart", "first_update": "generator"},
    # A margin so small that the gate stops one of both.
    "vae_gan": {"gate_margin": 0.001, "judges_reconstructions": True, "learning_rate_decay": 0.0},
    "clustergan": {"clusters": 3, "disc_iters": 1, "architecture": "mlp"},
    "ogan": {"architecture": "mlp"},
}  # fmt: skip


def _after_two_steps(name, count):
    gan_type = name.partition(",")[0]
    values = SMALL | PLAIN | {"gan": gan_type, "accumulation_steps": count} | CUT[name]
    gan = build(Options.from_dict(values), None if "dataset" in CUT[name] else DATA)
    images, labels = _rows(gan)
    labels = tf.where(tf.range(8) < 3, -1, labels)
    step = tf.function(gan.train_step, autograph=False)
    for number in (1, 2):
        measured = step(images, labels, tf.constant(number, tf.int64))
    values = {f"{part}/{key}": each.numpy() for part, named in gan.tracked().items() for key, each in named.items()}
    return {key: value.numpy() for key, value in measured.items()} | values


# One of two turns, one of one.
TRACE_FAST = ("modular, lecam", "vae")


@pytest.mark.parametrize("name", slow_unless(lambda name: name in TRACE_FAST, CUT))
def test_microbatches_change_nothing_but_rounding(name):
    # In as few as cut anything by default and where a microbatch takes long to trace.
    count = 2 if name in TRACE_FAST or name.startswith("modular") else 4
    whole, cut = _after_two_steps(name, 1), _after_two_steps(name, count)
    assert whole.keys() == cut.keys()
    for key, value in whole.items():
        atol = 2e-4 * max(np.abs(value).max(), 1e-2)
        np.testing.assert_allclose(cut[key], value, rtol=0, atol=atol, err_msg=key)


def test_turns_that_compare_images_are_named_where_microbatches_are_asked_for():
    def never_cut(**changes):
        return build(Options.from_dict(SMALL | {"disc_iters": 2} | changes), DATA).engine.never_cut()

    assert never_cut(accumulation_steps=2) == never_cut(penalty="lecam") == []
    assert never_cut(accumulation_steps=2, loss="softmax") == ["discriminator", "generator"]
    assert never_cut(accumulation_steps=2, penalty="dragan") == ["discriminator"]
    assert never_cut(accumulation_steps=2, gan="ebgan", loss="none") == ["generator"]


def test_one_trace_serves_tasks_of_other_seeds_and_rates():
    def trained(gan, start, options):
        for name, variable in gan.networks()["generator"].items():
            variable.assign(start["generator"][name])
        for name, variable in gan.networks()["discriminator"].items():
            variable.assign(start["discriminator"][name])
        keys = tf.constant(gan.engine.keys.values(options.seed))
        rates = [[options.d_learning_rate, 0.5, options.beta2], [options.g_learning_rate, 0.5, options.beta2]]
        step(*_rows(gan), tf.constant(1, tf.int64), StepNumbers(keys, tf.constant(rates)))
        return {key: each.numpy() for named in gan.networks().values() for key, each in named.items()}

    one = Options.from_dict(SMALL | {"seed": 1})
    other = one.replace(seed=2, d_learning_rate=1e-3, beta2=0.9)
    gan, own = build(one, DATA), build(other, DATA)
    start = {part: {key: each.numpy() for key, each in named.items()} for part, named in own.networks().items()}
    step = tf.function(own.train_step, autograph=False)
    step(*_rows(own), tf.constant(1, tf.int64))
    expected = {key: each.numpy() for named in own.networks().values() for key, each in named.items()}

    def with_numbers(images, labels, number, keys, rates):
        return gan.train_step(images, labels, number, StepNumbers(keys, rates))

    compiled = tf.function(with_numbers, autograph=False, input_signature=[
        tf.TensorSpec([1, 8, 8, 8, 1], tf.uint8), tf.TensorSpec([1, 8], tf.int32), tf.TensorSpec([], tf.int64),
        tf.TensorSpec([None], tf.int64), tf.TensorSpec([2, 3], tf.float32)])  # fmt: skip
    compiled.get_concrete_function()

    def step(images, labels, number, numbers):
        return compiled(images, labels, number, numbers.keys, numbers.updates)

    found = trained(gan, start, other)
    assert compiled.experimental_get_tracing_count() == 1
    for key, value in expected.items():
        np.testing.assert_array_equal(found[key], value, err_msg=key)


class _Two(BaseGan):
    """Two players, one objective that routes its terms, rows handed on, and a turn of every second step."""

    def setup(self):
        self.players["generator"] = Player(self.build_generator, average=Average(lambda step: tf.constant(0.5)))
        self.players["discriminator"] = Player(self.build_discriminator, "d")
        self.streams["images"] = Stream(tf.TensorSpec([None, 8, 8, 1]))
        self.streams["z"] = Stream(tf.TensorSpec([None, 4]), self.latents)
        self.add_state("calls")

    def latents(self, count, purpose, seed):
        return seed.draw("normal", purpose, [count, 4])

    def turns(self):
        both = ("generator", "discriminator")
        return [
            Turn(both, self.both, "both", hands=("fakes", "kept"), after=self.count),
            Turn(("discriminator",), self.late, "late", reads="both", when=lambda step: step % 2 == 0),
        ]

    def both(self, images, z):
        fake = self.generator(z, training=True)
        logits = self.discriminator(tf.concat([images, fake], 0), training=True)[0]
        return {
            "g": Term(-tf.reduce_mean(logits[8:]), only=("generator",)),
            "d": Term(tf.reduce_mean(logits[8:]) - tf.reduce_mean(logits[:8]), only=("discriminator",)),
            "unweighted": Term(tf.reduce_sum(tf.square(logits)), 0.0),
            "fakes": Rows(fake),
        }

    def count(self, calls, g, fakes):
        return {"calls": calls + 1.0, "kept": Rows(fakes + 1.0), "mirrored": -g}

    def late(self, fakes, kept, step, missing=None):
        assert missing is None
        spread = tf.reduce_mean(kept - fakes)
        return {"late": tf.reduce_mean(self.discriminator(fakes, training=True)[0]), "spread": Term(spread, 0.0)}


def _two():
    return _Two(Options.from_dict(SMALL | {"d_optimizer": "sgd", "g_optimizer": "sgd"}), DATA)


def test_terms_reach_the_players_that_they_name_and_rows_are_handed_on():
    gan, alone = _two(), _two()
    images, labels = _rows(gan)
    first, second = (gan.train_step(images, labels, tf.constant(step, tf.int64)) for step in (1, 2))
    assert set(first) == {"g", "d", "unweighted", "mirrored"} and set(second) == {*first, "late", "spread"}
    assert float(first["mirrored"]) == -float(first["g"]) and float(second["spread"]) == pytest.approx(1.0)
    assert float(gan.state["calls"]) == 2.0
    with tf.GradientTape(persistent=True) as tape:
        z = alone.latents(8, "both", Seed.of(alone.options.seed, 1))
        shown = tf.concat([alone.to_float(images[0]), alone.generator(z, training=True)], 0)
        logits = alone.discriminator(shown, training=True)[0]
        fake = tf.reduce_mean(logits[8:])
        objectives = {"generator": -fake, "discriminator": fake - tf.reduce_mean(logits[:8])}
    fresh = _two()
    fresh.train_step(images, labels, tf.constant(1, tf.int64))
    for name, objective in objectives.items():
        variables = alone.players[name].network.trainable_variables
        for variable, gradient in zip(variables, tape.gradient(objective, variables), strict=True):
            found = fresh.networks()[name][variable.path.removeprefix(f"{name}/")]
            np.testing.assert_allclose(found, variable - 2e-4 * gradient, rtol=1e-5, atol=1e-7, err_msg=variable.path)


def test_the_learning_rate_of_a_turn_that_is_not_always_due_counts_its_own_updates():
    gan = _two()
    counts = [gan.engine.updates._until(("d", "discriminator"), step) for step in (1, 2, 3, 4, 2)]
    assert counts == [1, 3, 4, 6, 3]


def test_what_nobody_gives_is_refused_when_the_gan_is_made():
    class Asking(_Two):
        def late(self, fakes, captions):
            return {"late": tf.zeros([])}

    class Twice(_Two):
        def setup(self):
            super().setup()
            self.add_state("z")

    with pytest.raises(ValueError, match="'late' asks for 'captions', which nobody gives; there are calls, fakes"):
        Asking(Options.from_dict(SMALL), DATA)
    with pytest.raises(ValueError, match="share one space of names; 'z' is there twice"):
        Twice(Options.from_dict(SMALL), DATA)


class _Scaled(BaseGan):
    """One player, whose gradients are as large as the state `factor`."""

    def setup(self):
        self.players["generator"] = Player(self.build_generator)
        self.streams["images"] = Stream(tf.TensorSpec([None, 8, 8, 1]))
        self.factor, self.calls = self.add_state("factor", 1.0), self.add_state("calls")

    def turns(self):
        return [Turn(("generator",), self.mean, "mean", after=self.count)]

    def mean(self, images, factor):
        made = self.generator(tf.ones([images.shape[0], 4]), training=True)
        return {"mean": Term(tf.reduce_mean(made), factor)}

    def count(self, calls, mean):
        return {"calls": calls + 1.0, "seen": mean}


def test_a_gradient_that_overflows_halves_the_scale_and_takes_all_but_measurements_back():
    gan = _Scaled(Options.from_dict(SMALL | {"precision": "mixed_float16", "architecture": "infogan"}), DATA)
    images, labels = _rows(gan)
    step = tf.function(gan.train_step)

    def after(factor):
        gan.factor.assign(factor)
        measured = step(images, labels, tf.constant(1, tf.int64))
        assert np.isfinite(measured["mean"]) and float(measured["seen"]) == float(measured["mean"])
        return {f"{part}/{key}": each.numpy() for part, named in gan.tracked().items() for key, each in named.items()}

    good = after(1.0)
    assert good["state/loss_scale/g"] == 2.0**15 and good["state/loss_scale/g/good_updates"] == good["state/calls"] == 1
    for number, factor in enumerate((np.inf, np.nan), 1):
        bad = after(factor)
        assert bad.pop("state/loss_scale/g") == 2.0 ** (15 - number)
        assert bad.pop("state/loss_scale/g/good_updates") == 0
        for name, value in bad.items():
            if name != "state/factor":
                np.testing.assert_array_equal(value, good[name], err_msg=name)
    gan.state["loss_scale/g/good_updates"].assign(1999.0)
    assert after(1.0)["state/loss_scale/g"] == 2.0**14
    # What is not finite without a factor did not overflow: it must be seen.
    gan.state["loss_scale/g"].assign(1.0)
    gan.factor.assign(np.nan)
    step(images, labels, tf.constant(1, tf.int64))
    assert any(np.isnan(each).any() for each in gan.networks()["generator"].values())


def test_what_only_tracing_shows_is_refused_before_anything_moves():
    class Vector(_Two):
        def late(self, fakes):
            return {"late": tf.zeros([1])}

    class Strange(_Two):
        def late(self, fakes):
            return {"late": Term(tf.zeros([]), only=("generator",))}

    class Undeclared(_Two):
        def count(self, calls):
            return {"calls": calls, "images": Rows(tf.zeros([8, 1]))}

    class Unasked(_Two):
        def count(self, loss_d, optional=None):
            return {}

    for kind, step, complaint in (
        (Vector, 2, r"term 'late' has shape \(1,\); a term is a scalar"),
        (Strange, 2, "term 'late' is for generator; its turn moves discriminator"),
        (Undeclared, 1, "`after` of turn 'both' gives rows 'images', which `hands` does not name"),
        (Unasked, 1, "`after` of turn 'both' asks for 'loss_d', which its turn does not give"),
    ):
        gan = kind(Options.from_dict(SMALL), DATA)
        with pytest.raises(ValueError, match=complaint):
            gan.train_step(*_rows(gan), tf.constant(step, tf.int64))

    class Unknown(_Two):
        def turns(self):
            return [Turn(("encoder",), self.both, "both")]

    class StartsUnknown(_Two):
        def turns(self):
            return [Turn((), self.both, "both", starts=("encoder",))]

    for kind in (Unknown, StartsUnknown):
        with pytest.raises(ValueError, match="turn 'both' names player 'encoder'; there are generator, discriminator"):
            kind(Options.from_dict(SMALL), DATA)


@pytest.mark.parametrize("side", ["d", "g"])
def test_a_network_that_no_term_reaches_stays_where_it_is(side):
    changes = {"gan": "ssgan", "self_supervision": "rotation_only", f"{side}_rotation_weight": 0.0}
    gan = build(Options.from_dict(SMALL | changes), DATA)
    name = {"d": "discriminator", "g": "generator"}[side]
    before = {part: {key: each.numpy() for key, each in named.items()} for part, named in gan.networks().items()}
    gan.train_step(*_rows(gan), tf.constant(1, tf.int64))
    for part, named in gan.networks().items():
        moved = any(key.endswith("kernel") and np.any(each != before[part][key]) for key, each in named.items())
        assert moved == (part != name)


def test_rates_before_the_call_are_those_in_the_graph_to_the_bit():
    decayed = Optimizer("adam", 2e-4, decay=0.3)
    for count in (0, 700, 701, 850, 999):
        inside, *_ = optimizers.numbers_at(decayed, updates=1000, count=tf.constant(count, tf.int64), step=1)
        outside, *_ = optimizers.numbers_at(decayed, updates=1000, count=count, step=1)
        assert np.float32(outside) == inside.numpy()

"""The devices of «Improved Techniques for Training GANs» by themselves; cases of oracle/latent_systems.

Of historical averaging the product has the form with the past alone; the case's other form, with this step's value in
the average too, is not compared.
"""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import tensorflow as tf

from benchmarks.oracle_cases import Case, Comparison
from compare_gan_tf2.architectures import minibatch_discrimination
from compare_gan_tf2.datasets import catalog
from compare_gan_tf2.gans import Outcome, Player, Term, Turn, feature_matching
from compare_gan_tf2.gans.base import BaseGan
from compare_gan_tf2.normalizations import virtual_batch
from compare_gan_tf2.options import Options
from compare_gan_tf2.runtime import data_start, layer_state

_RTOL, _ATOL = 1e-3, 1e-5


def compare(case: Case, comparison: Comparison) -> None:
    """The device that the case is about."""
    _CASES[case.said["system"]](case, comparison)


def _feature_matching(case: Case, comparison: Comparison) -> None:
    kinds = {"squared_mean": "squared", "absolute_mean": "absolute", "paper_sum_of_squares": "sum_of_squares"}
    real, fake = (tf.constant(case.arrays[f"in/{name}_features"]) for name in ("real", "generated"))
    for name, kind in kinds.items():
        with tf.GradientTape() as tape:
            tape.watch([real, fake])
            value = feature_matching.distance(kind, real, fake)
        of_real, of_fake = tape.gradient(value, [real, fake], unconnected_gradients="zero")
        comparison.close(name, value, case.said["values"][name], rtol=1e-5)
        comparison.close(f"gradient/{name}", of_fake, case.arrays[f"out/gradient/{name}"], rtol=_RTOL, atol=1e-7)
        comparison.close(f"gradient/{name} of real features", of_real, np.zeros(real.shape))


def _minibatch_discrimination(case: Case, comparison: Comparison) -> None:
    def close(name: str, found: Any) -> None:
        comparison.close(f"out/{name}", found, case.arrays[f"out/{name}"], rtol=_RTOL, atol=_ATOL)

    config, probe = case.said["config"], case.arrays["in/probe"]
    layer = minibatch_discrimination.MinibatchDiscrimination(
        config["kernels"], config["dims"], seed=0, decay=0.9, name="compare"
    )
    features = tf.constant(case.arrays["in/input"])
    layer.build(features.shape)
    weights = {"theta": layer.theta, "log_weight_scale": layer.log_weight_scale, "b": layer.b}
    for name, variable in weights.items():
        variable.assign(case.arrays[f"w0/{name}"])
    with tf.GradientTape() as tape:
        tape.watch(features)
        out = tf.concat([features, layer(features, training=True)], 1)
        value = tf.reduce_sum(out * probe)
    sources = {"input": features, **{name: variable.value for name, variable in weights.items()}}
    for name, gradient in tape.gradient(value, sources).items():
        close(f"theano/gradient/{name}", gradient)
    projected = tf.einsum("bf,fkd->bkd", features, layer.kernel())
    apart = minibatch_discrimination.distances(projected, projected)
    closeness = minibatch_discrimination.closeness(apart)
    found = {"kernel": layer.kernel(), "distances": apart, "features": closeness, "out": out}
    found["init/half_mean_smallest_distance"] = 0.5 * tf.reduce_mean(minibatch_discrimination.nearest_other(apart), 0)
    with data_start.starting(), layer_state.collecting() as proposals:
        layer(features, training=True)
    names = {id(variable): name for name, variable in weights.items()}
    found |= {f"init/{names[id(each.variable)]}": each.value for each in proposals if id(each.variable) in names}
    for name, each in found.items():
        close(f"theano/{name}", each)
    _compare_joint(case, close, layer)


def _compare_joint(case: Case, close: Any, layer: Any) -> None:
    """The paper's form and ImageNet's, in which rows are compared with both halves; of theta as it is."""
    halves = [case.arrays["in/input"], case.arrays["in/input_second_half"]]
    n = len(halves[0])
    projected = tf.einsum("bf,fkd->bkd", tf.concat(halves, 0), tf.convert_to_tensor(layer.theta))
    of_one = minibatch_discrimination.distances(projected[:n], projected[:n])
    close("paper/with_itself", minibatch_discrimination.closeness(of_one) + 1.0)
    for number, half in enumerate(tf.split(projected, 2)):
        is_own = (np.arange(2 * n) // n == number).astype(np.float32)[:, None]
        # Of the rows of the half itself, `closeness` leaves out each one's own 1; the others have none.
        sums = minibatch_discrimination.closeness(minibatch_discrimination.distances(projected, half)) + (1.0 - is_own)
        close(f"imagenet/mean_over_half{number + 1}", sums / (n - is_own))
        close(f"imagenet/against_half{number + 1}", sums / (2 * n * n - n))


def _virtual_batch_norm(case: Case, comparison: Comparison) -> None:
    layer = virtual_batch.Normalization(
        decay=0.9, epsilon=1e-5, linear=keras.layers.Dense, self_modulation_units=0, reference="none", name="bn"
    )
    reference, live = (tf.constant(case.arrays[f"in/{name}"]) for name in ("reference", "live"))
    layer.build(live.shape)
    layer.gamma.assign(case.arrays["w0/gamma"])
    layer.beta.assign(case.arrays["w0/beta"])
    rows = reference.shape[0]
    sources = {"reference": reference, "live": live, "gamma": layer.gamma.value, "beta": layer.beta.value}
    with tf.GradientTape() as tape:
        tape.watch([reference, live])
        both = tf.concat([reference, live], 0)
        with virtual_batch.in_front(rows):
            y = layer(both)
        value = tf.reduce_sum(y[rows:] * case.arrays["in/probe"])
    found = {f"gradient/{name}": each for name, each in tape.gradient(value, sources).items()}
    mean, variance = (each[rows:] for each in virtual_batch.moments(both, rows))
    found |= {"reference": y[:rows], "live": y[rows:], "live_mean": mean}
    found["live_mean_square"] = variance + tf.square(mean)
    with virtual_batch.in_front(rows):
        flat = layer(tf.concat([case.arrays["in/reference_flat"], case.arrays["in/live_flat"]], 0))
    found["live_flat"] = flat[rows:]
    for name, expected in case.below("out/").items():
        comparison.close(f"out/{name}", found[name], expected, rtol=_RTOL, atol=_ATOL)


def _historical_averaging(case: Case, comparison: Comparison) -> None:
    config, values, target = case.said["config"], case.said["values"], tf.constant(case.arrays["in/target"])
    gan = _Toy(config["weight"], config["learning_rate"], {"generator": case.arrays["w0/theta"]}, lambda theta: {
        "generator": 0.5 * tf.reduce_sum(tf.square(theta["generator"] - target))})  # fmt: skip
    (average,) = gan.state.values()
    for step in range(1, config["steps"] + 1):
        theta = gan.position("generator")
        comparison.close(f"past/theta before step {step}", theta, case.arrays["out/past/theta"][step - 1], rtol=1e-5)
        past = average.numpy() if step > 1 else theta
        penalty = config["weight"] * float(np.sum(np.square(theta - past)))
        comparison.close(f"past/step{step}/penalty", penalty, values[f"past/step{step}/penalty"], rtol=1e-5)
        loss = gan.take(step)["loss/generator"] + penalty
        comparison.close(f"past/step{step}/loss", loss, values[f"past/step{step}/loss"], rtol=1e-5)
    comparison.close("past/theta", gan.position("generator"), case.arrays["out/past/theta"][-1], rtol=1e-5)
    comparison.close("past/average", average, case.arrays["out/past/average"], rtol=1e-5)
    for weight, name, steps in ((0.0, "plain", 100), (0.1, "historical", 2000)):
        _compare_game(case, comparison, weight, name, steps)


def _compare_game(case: Case, comparison: Comparison, weight: float, name: str, steps: int) -> None:
    """The paper's game: x minimizes, y maximizes (f(x) - 1)(y - 1); f(x) is x below 0 and x^2 above."""

    def game(theta: dict[str, tf.Tensor]) -> dict[str, tf.Tensor]:
        x, y = theta["generator"], theta["discriminator"]
        value = tf.reduce_sum((tf.where(x < 0, x, tf.square(x)) - 1.0) * (y - 1.0))
        return {"generator": value, "discriminator": -value}

    expected = case.arrays[f"out/game/{name}"]
    gan = _Toy(weight, 0.05, {"generator": expected[0, :1], "discriminator": expected[0, 1:]}, game)
    path = []
    for step in range(1, steps + 1):
        path.append(np.concatenate([gan.position("generator"), gan.position("discriminator")]))
        gan.take(step)
    # In float32 the steps go apart; 2e-4 is far below the way of a step.
    count = min(len(path), len(expected))
    comparison.close(f"game/{name}", path[:count], expected[:count], atol=2e-4)
    if name == "historical":
        last = {"x": gan.position("generator")[0], "y": gan.position("discriminator")[0]}
        for player, value in last.items():
            key = f"game/historical_{player}_after_{steps}"
            comparison.close(key, value, case.said["values"][key], atol=2e-4)


class _Vector(keras.Model):
    """A network that is its weights."""

    def __init__(self, start: np.ndarray):
        super().__init__(name="vector")
        self.theta = self.add_weight(name="theta", shape=start.shape, initializer=keras.initializers.Constant(start))
        self.built = True

    def named_variables(self) -> dict[str, keras.Variable]:
        """The one variable."""
        return {"theta": self.theta}


class _Toy(BaseGan):
    """Vectors that move at once by plain gradient steps, with the product's historical averaging."""

    def __init__(self, weight: float, rate: float, starts: dict[str, np.ndarray], objective: Any):
        self._starts, self._objective = starts, objective
        options = {"historical_averaging": weight, "batch_size": 1}
        options |= {f"{side}_{name}": value for side in "gd" for name, value in (("optimizer", "sgd"),
                                                                                ("learning_rate", rate))}  # fmt: skip
        super().__init__(Options.from_dict({"dataset": "mnist", **options}), catalog.find("mnist"))
        self._compiled = tf.function(lambda step: self.engine.step({}, step, (0,), None), autograph=False)

    def setup(self) -> None:
        """A player for each vector."""
        for name, start in self._starts.items():
            self.players[name] = Player(lambda start=start: _Vector(start), name[0])

    def turns(self) -> list[Turn]:
        """One update of all."""
        return [Turn(tuple(self._starts), self.terms, "toy")]

    def terms(self) -> Outcome:
        """Every player's own objective."""
        theta = {name: tf.convert_to_tensor(player.network.theta) for name, player in self.players.items()}
        return {f"loss/{name}": Term(each, only=(name,)) for name, each in self._objective(theta).items()}

    def take(self, step: int) -> dict[str, float]:
        """One step; what it measured."""
        return {name: float(each) for name, each in self._compiled(tf.constant(step, tf.int64)).items()}

    def position(self, name: str) -> np.ndarray:
        """A player's vector."""
        return self.players[name].network.theta.numpy()


_CASES = {
    "feature matching": _feature_matching,
    "historical averaging": _historical_averaging,
    "minibatch discrimination": _minibatch_discrimination,
    "virtual batch norm": _virtual_batch_norm,
}

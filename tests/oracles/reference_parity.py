"""Forward passes and training runs of compare_gan v3 beside ours, from the same weights and inputs.

python -m tests.oracles.reference_parity DIR           every case (NAME.npz with its meta data) of a folder: a
                                                       line each, the worst last
python -m tests.oracles.reference_parity --train FILE  every recorded training run: each update's losses

Exit code 1 if an error is over its limit. An error is the largest difference of a tensor, relative to the tensor's
largest value; the losses of one kind and the gradient norms of one network count as a tensor each. Limits: 2e-5; 1e-3
for tensors recorded as float16; 1e-4 for what comes out of a ResNet or BigGAN without any normalization; 1e-4 for the
losses of training runs. Weights go in by the same path as a user's (compare_gan_tf2.compare_gan_v3).

Where the input of a ReLU is as near to 0 as rounding, the order of a float32 sum decides its slope, and with it a part
of the gradients. Gradient norms that miss are therefore computed again with latents moved by up to a millionth, a few
times at most, and the nearest counts; the line then says so.

A deep network that saturates magnifies rounding: its own outputs differ by more than the limit when only kernels do.
Tensors that miss are therefore computed again by other kernels, in processes of their own (kernel_spread), and may be
off by twice as much as ours differ among each other: by at most 1e-3, and 2e-2 for what comes out of a network that
saturates (half its sigmoid's values are within a hundredth of 0 or 1). The line then says both, error and spread.
"""

from __future__ import annotations

import argparse
import json
import os
import pathlib
import sys
from collections.abc import Callable, Iterable, Iterator
from typing import Any
from unittest import mock

import numpy as np

from benchmarks import _command

from .deviations import MOST, MOST_SATURATED, NETWORKS, SMALLEST, Error, is_saturated, relative_error, with_spreads

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

_LIMIT, _LIMIT_FLOAT16, _LIMIT_PLAIN, _LIMIT_TRAINING = 2e-5, 1e-3, 1e-4, 1e-4
_DEEP = ("resnet", "biggan")
_REQUIRED = {"g_eval", "g_train", "d_eval_logit", "d_train_logit"}
_ATTEMPTS, _NUDGE = 20, 1e-6


def case_errors(meta: dict[str, Any], recorded: dict[str, np.ndarray]) -> Iterator[Error]:
    """The errors of every recorded tensor of a case.

    Args:
        meta: of the case: architecture, arguments, names and shapes of all variables, losses, gradient norms.
        recorded: the tensors by key.
    """
    case = Case(meta)
    seen = case.outputs()
    rounded = set(meta.get("stored_as_float16", []))
    for key in _REQUIRED - recorded.keys():
        yield Error(f"{key} is not recorded", np.inf, _LIMIT)
    most = {network: MOST_SATURATED if is_saturated(seen, network) else MOST for network in NETWORKS}
    for key, theirs in recorded.items():
        if key == "meta_json" or (key == "labels" and not meta.get("num_classes")):
            continue
        network = "discriminator" if key.startswith("d_") else "generator"
        limit = case.limit(network)
        limit = max(limit, _LIMIT_FLOAT16) if key in rounded or theirs.dtype == np.float16 else limit
        yield Error(key, relative_error(seen[key], theirs) if key in seen else np.inf, limit, most[network])
    limit = max(case.limit(network) for network in NETWORKS)
    losses, _ = case.losses_and_gradients()
    for loss, (d_loss, _, _, g_loss) in meta["joint_losses_d_dreal_dfake_g"].items():
        error = relative_error(losses[loss], [d_loss, g_loss])
        yield Error(f"loss/{loss}", error, limit, max(most.values()))
    yield from case.gradient_errors(limit)


class Case:
    """One recorded forward case and the two networks it describes; its meta data may leave out the variables' names."""

    def __init__(self, meta: dict[str, Any]):
        from compare_gan_tf2.compare_gan_v3 import networks

        from . import reference

        self._meta, self._classes = meta, meta.get("num_classes", 0) or 0
        self._options, self._networks, self._weights = {}, {}, {}
        for network in NETWORKS:
            options = reference.options_of(
                network, meta["arch"], meta["image_shape"], z_dim=meta["z_dim"], num_classes=self._classes,
                arguments=meta[f"{network[0]}_kwargs"], gin=meta.get("gin"),
            )  # fmt: skip
            self._options[network] = options
            self._networks[network] = reference.build(network, options, meta["image_shape"], self._classes)
            own = networks.reference_variables(options.architecture, self._networks[network])
            recorded = meta.get(f"{network[0]}_vars") or [
                (name, variable.shape, None) for name, variable in own.items()
            ]
            self._weights[network] = reference.weights([(name, shape) for name, shape, _ in recorded])
        self._z = reference.latents(meta["batch"], meta["z_dim"])
        self._x = reference.images(meta["batch"], *meta["image_shape"])
        self._labels = reference.labels(meta["batch"], self._classes)

    def limit(self, network: str) -> float:
        """Of what comes out of a network."""
        options, side = self._options[network], network[0]
        kinds = (getattr(options, f"{side}_normalization"), getattr(options, f"{side}_weight_normalization"))
        return _LIMIT_PLAIN if kinds == ("none", "none") and options.architecture.startswith(_DEEP) else _LIMIT

    def outputs(self) -> dict[str, Any]:
        """Outputs in both modes and states after a training pass, by the record's keys."""
        from compare_gan_tf2.runtime import layer_state

        z, x, labels = self._z, self._x, self._labels
        seen: dict[str, Any] = {}
        generator = self._filled("generator")
        seen["g_eval"] = generator(z, labels)
        generator = self._filled("generator")
        with layer_state.assigning():
            seen["g_train"] = generator(z, labels, training=True)
        seen |= self._state("generator")
        for mode, training in (("eval", False), ("train", True)):
            discriminator = self._filled("discriminator")
            with layer_state.assigning():
                logits, features = discriminator(x, labels, training=training)
            probability = 1.0 / (1.0 + np.exp(-np.asarray(logits, np.float64)))
            seen |= {f"d_{mode}_logit": logits, f"d_{mode}_prob": probability, f"d_{mode}_feature": features}
        seen |= self._state("discriminator")
        seen["d_second_pass_logit"], _ = discriminator(x, labels, training=True)
        wide = np.asarray(x, np.float64)
        inputs = {"z": z, "labels": labels, "x_checksum": [wide.sum(), np.square(wide).sum()]}
        return seen | inputs

    def values(self) -> dict[str, np.ndarray]:
        """All that is compared, by key: outputs, losses, and gradient norms in the record's order."""
        losses, norms = self.losses_and_gradients()
        values = self.outputs() | {f"loss/{name}": pair for name, pair in losses.items()}
        values |= {key: [of_names[name] for name in self._meta[key]] for key, of_names in norms.items()}
        return {key: np.asarray(value) for key, value in values.items() if value is not None}

    def gradient_errors(self, limit: float) -> Iterator[Error]:
        """Of the norms of both networks' gradients; where they miss, the nearest of some runs beside a ReLU's kink."""
        from . import reference

        exact = self._z
        best: dict[str, Error] = {}
        for attempt in range(_ATTEMPTS):
            if attempt:
                nudge = reference.noise(exact.size, 3000 + attempt).reshape(exact.shape)
                self._z = (exact + _NUDGE * nudge).astype(np.float32)
            for key, norms in self.losses_and_gradients()[1].items():
                theirs = self._meta[key]
                error = relative_error([norms[name] for name in theirs], list(theirs.values()), SMALLEST)
                error = error if theirs else np.inf
                if not attempt:
                    best[key] = Error(key, error, limit, MOST)
                elif best[key].share > 1 and error < best[key].error:
                    name = (
                        best[key].key if "nudged" in best[key].key else f"{key} (nudged; {best[key].error:.1e} exactly)"
                    )
                    best[key] = Error(name, error, limit, MOST)
            if all(error.share <= 1 for error in best.values()):
                break
        self._z = exact
        yield from best.values()

    def losses_and_gradients(self) -> tuple[dict[str, Any], dict[str, dict[str, float]]]:
        """Losses of both networks by kind, and norms of the non-saturating ones' gradients by the record's keys."""
        import tensorflow as tf

        from compare_gan_tf2 import components
        from compare_gan_tf2.compare_gan_v3 import networks

        generator, discriminator = self._filled("generator"), self._filled("discriminator")
        labels = None if self._labels is None else np.tile(self._labels, 2)
        with tf.GradientTape(persistent=True) as tape:
            fake = generator(self._z, self._labels, training=True)
            logits, _ = discriminator(tf.concat([self._x, fake], 0), labels, training=True)
            real, fake = tf.split(logits, 2)
            losses = {}
            for name in self._meta["joint_losses_d_dreal_dfake_g"]:
                loss = components.load("losses", name)
                losses[name] = (loss.discriminator(real, fake), loss.generator(fake))
        norms = {}
        for key, loss, network in (
            ("grad_l2_norm_d_loss_ns", losses["non_saturating"][0], discriminator),
            ("grad_l2_norm_g_loss_ns", losses["non_saturating"][1], generator),
        ):
            variables = networks.reference_variables(self._options[network.name].architecture, network)
            wanted = {name: variables[name] for name in self._meta[key]}
            gradients = tape.gradient(loss, wanted, unconnected_gradients=tf.UnconnectedGradients.ZERO)
            norms[key] = {name: float(tf.norm(gradient)) for name, gradient in gradients.items()}
        return {name: [float(each) for each in pair] for name, pair in losses.items()}, norms

    def _filled(self, network: str) -> Any:
        """The network with the case's weights, statistics and vectors."""
        from compare_gan_tf2.compare_gan_v3 import networks

        networks.fill(self._options[network].architecture, self._networks[network], self._weights[network])
        return self._networks[network]

    def _state(self, network: str) -> dict[str, np.ndarray]:
        from compare_gan_tf2.compare_gan_v3 import networks

        weights = networks.weights(self._options[network].architecture, self._networks[network])
        # v3's accumulators stood still in training.
        still = {name: value for name, value in self._weights[network].items() if "/accu/" in name}
        return {f"{network[0]}_after_train/{name}": value.copy() for name, value in (still | weights).items()}


def replay(name: str, case: dict[str, Any]) -> tuple[Any, list[Error]]:
    """Trains as a recorded run of v3 did: the GAN as it is afterwards, and the errors of each update's losses."""
    import tensorflow as tf

    from compare_gan_tf2.compare_gan_v3 import networks
    from compare_gan_tf2.gans import build
    from compare_gan_tf2.runtime import draws

    from . import reference

    config = case["config"]
    # Runs behind the last update of the generator are no whole step of ours.
    runs = case["runs"][: len(case["runs"]) // config["disc_iters"] * config["disc_iters"]]
    options = _training_options(case)
    runs_of, errors = dict[tuple[int, str], int](), list[Error]()

    def formula(seed: Any, distribution: str, purpose: str, shape: list[int]) -> np.ndarray:
        if distribution == "unit":
            # The weight of WGAN-GP's interpolation, one for all examples in the records.
            return np.full(shape, 0.3, np.float32)
        # The generator's update has the latents of a discriminator update, which it draws again.
        run = runs_of.setdefault((int(seed.step), purpose), len(runs_of))
        return reference.noise(int(np.prod(shape)), 6000 + run).reshape(shape).astype(np.float32)

    with mock.patch.object(draws.Seed, "draw", formula):
        gan = build(options)
        for network in (gan.generator, gan.discriminator):
            variables = networks.reference_variables(options.architecture, network)
            values = reference.weights([(each, variable.shape) for each, variable in variables.items()])
            networks.fill(options.architecture, network, values)
        updates: list[Any] = []
        objective = gan.discriminator_objective

        def noted(*arguments: Any) -> Any:
            terms = objective(*arguments)
            updates.append(sum(term.weight * term.value for term in terms.values()))
            return terms

        shape = (config["bs"], *gan.dataset.image_shape)
        for first in range(0, len(runs), options.disc_iters):
            numbers = range(first, first + options.disc_iters)
            pictures = [0.5 + 0.5 * reference.noise(int(np.prod(shape)), 5000 + run).reshape(shape) for run in numbers]
            pixels = tf.constant(np.stack(pictures), tf.float32)  # in [0, 1]: only whole numbers are scaled
            labels = tf.zeros([options.disc_iters, config["bs"]], tf.int32)
            with mock.patch.object(gan, "discriminator_objective", noted):
                measured = gan.train_step(pixels, labels, tf.constant(first // options.disc_iters + 1))
            losses = [(run, "d", updates.pop(0)) for run in numbers] + [(numbers[-1], "g", measured["loss/g"])]
            for run, side, ours in losses:
                error = relative_error([ours], [runs[run][f"{side}_loss"]])
                errors.append(Error(f"{name} run {run} loss/{side}", error, _LIMIT_TRAINING))
    return gan, errors


def _training_options(case: dict[str, Any]) -> Any:
    """A run's options, from v3's gin bindings."""
    from compare_gan_tf2.errors import UserError
    from compare_gan_tf2.options import Options

    config = case["config"]
    shapes = {name: each["shape"] for name, each in case["final_vars"].items() if name.endswith("conv1/kernel")}
    first = (
        next(iter(shapes.values()), None) or case["final_vars"]["discriminator/B0/down_conv_shortcut/kernel"]["shape"]
    )
    values: dict[str, Any] = {
        "architecture": config["arch"], "reference": "v3", "batch_size": config["bs"],
        "disc_iters": config["disc_iters"], "penalty_weight": config["lamba"],
        "dataset": {1: "mnist", 3: "cifar10"}[first[2]],
    }  # fmt: skip
    norms = {"None": "none", "@batch_norm": "batch", "@conditional_batch_norm": "conditional_batch"}
    norms |= {"@self_modulated_batch_norm": "self_modulated_batch"}
    known: dict[str, Any] = {
        "D.spectral_norm": lambda value: {"d_weight_normalization": "spectral" if value == "True" else "none"},
        "G.spectral_norm": lambda value: {"g_weight_normalization": "spectral" if value == "True" else "none"},
        "D.batch_norm_fn": lambda value: {"d_normalization": norms[value]},
        "G.batch_norm_fn": lambda value: {"g_normalization": norms[value]},
        "D.layer_norm": lambda value: {"d_normalization": "layer"} if value == "True" else {},
        "loss.fn": lambda value: {"loss": value.removeprefix("@")},
        "penalty.fn": lambda value: {"penalty": value.removeprefix("@")},
        "standardize_batch.decay": lambda value: {"batch_norm_decay": float(value)},
        "standardize_batch.epsilon": lambda value: {"batch_norm_epsilon": float(value)},
        "spectral_norm.singular_value": lambda value: {"spectral_side": value.strip("'\"")},
    }
    for binding in config["gin"]:
        name, _, value = binding.partition("=")
        if name not in known:
            raise UserError(f"gin binding {name} is not known here; known: {', '.join(known)}")
        values |= known[name](value)
    return Options.from_dict(values)


def _read_case(path: pathlib.Path) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    with np.load(path) as file:
        recorded = {key: file[key] for key in file.files}
    beside = path.with_suffix(".meta.json")
    text = beside.read_text(encoding="utf-8") if beside.is_file() else str(recorded["meta_json"])
    return json.loads(text), recorded


def _errors(errors: Callable[[], Iterable[Error]]) -> list[Error]:
    """A case's errors; what cannot be built or read is one over its limit, and other cases go on."""
    from compare_gan_tf2.errors import UserError

    try:
        return list(errors())
    except (UserError, KeyError, ValueError) as error:
        return [Error(f"{type(error).__name__}: {' '.join(str(error).split())}", np.inf, _LIMIT)]


def _compare(files: dict[str, pathlib.Path]) -> dict[str, list[Error]]:
    """Every case's errors, where they miss by no more than a spread may excuse, with their spreads."""
    from . import kernel_spread

    found = {}
    for name, path in files.items():
        found[name] = _errors(lambda path=path: case_errors(*_read_case(path)))
        print(f"compared {name}", file=sys.stderr)
    missed = [
        name
        for name, errors in found.items()
        if any(error.share > 1 for error in errors)
        and all(error.error <= error.most for error in errors if error.share > 1)
    ]
    if missed:
        folder = next(iter(files.values())).parent
        for name, others in kernel_spread.measure(folder, missed).items():
            found[name] = with_spreads(found[name], Case(_read_case(files[name])[0]).values(), others)
    return found


def _line(name: str, errors: list[Error]) -> tuple[float, str]:
    """The line of a case, about its worst tensor, or of those that a spread was asked about; and how bad it is."""
    worst = max(errors, key=lambda error: error.share)
    shown = worst if worst.share > 1 else max(errors, key=lambda error: (error.spread is not None, error.share))
    verdict = "ok" if worst.share <= 1 else "OVER"
    spread = "" if shown.spread is None else f", own spread {shown.spread:.1e}"
    return worst.share, f"{name:32} {shown.error:9.2e} of {shown.limit:.0e}  {verdict:4} at {shown.key}{spread}"


def main() -> int:
    """Runs the command line; the exit code."""
    from compare_gan_tf2.errors import UserError

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", nargs="?", type=pathlib.Path, help="of forward cases, NAME.npz")
    parser.add_argument("--case", action="append", metavar="NAME", help="only this case of the folder; repeatable")
    parser.add_argument(
        "--values", type=pathlib.Path, metavar="DIR", help="write what ours gives there, compare nothing"
    )
    parser.add_argument("--train", type=pathlib.Path, metavar="FILE", help="recorded training runs, JSON")
    arguments = parser.parse_args()
    if not arguments.folder and not arguments.train:
        raise UserError("give a folder of forward cases, or --train FILE")
    found: dict[str, list[Error]] = {}
    if arguments.folder:
        files = _files(arguments.folder, arguments.case)
        if arguments.values:
            for name, path in files.items():
                np.savez(arguments.values / f"{name}.npz", **Case(_read_case(path)[0]).values())
            return 0
        found |= _compare(files)
    if arguments.train:
        cases = _command.read_record(arguments.train, "cases")
        found |= {name: _errors(lambda name=name, case=case: replay(name, case)[1]) for name, case in cases.items()}
    lines = sorted(_line(name, errors) for name, errors in found.items())
    print("\n".join(line for _, line in lines))
    return 1 if any(share > 1 for share, _ in lines) else 0


def _files(folder: pathlib.Path, names: list[str] | None) -> dict[str, pathlib.Path]:
    from compare_gan_tf2.errors import UserError

    there = {path.stem: path for path in sorted(folder.glob("*.npz"))}
    if not there:
        raise UserError(f"no .npz file in {folder}")
    if missing := set(names or ()) - there.keys():
        raise UserError(f"no case {', '.join(sorted(missing))} in {folder}; there are: {', '.join(there)}")
    return {name: path for name, path in there.items() if names is None or name in names}


if __name__ == "__main__":
    _command.run(main)

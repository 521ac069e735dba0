"""Speed of the Inception features, beside torch-fidelity's network with the same random weights.

python -m benchmarks.inception_features                        images/s of ours, float32 and bfloat16
python -m benchmarks.inception_features --pairs 10             the same, in turn with torch-fidelity's network as it is
                                                               shipped; ratios with the middle 90 % of the pairs

The second needs torch and torch-fidelity (pip install torch torchvision torch-fidelity), which nothing else here does.
No weights are downloaded. Both sides have images of 32x32x3 in memory and give features and logits of 299x299.
"""

from __future__ import annotations

import argparse
import os
import pathlib
import re
import statistics
import tempfile
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from benchmarks import _command
from compare_gan_tf2.errors import UserError

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

Run = Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]]


def random_arrays(seed: int = 0) -> dict[str, np.ndarray]:
    """Weights by their names in the graph, of sizes at which activations neither vanish nor grow."""
    from compare_gan_tf2.extractors import _inception

    draws = np.random.default_rng(seed)
    arrays: dict[str, np.ndarray] = {}
    for layer in _inception.network().layers:
        if not layer.weights:
            continue
        name, shape = layer.name.replace(".", "/"), tuple(layer.kernel.shape)
        kernel = draws.standard_normal(shape, np.float32)
        if name == _inception.SOFTMAX:
            arrays |= {f"{name}/weights": kernel / 45, f"{name}/biases": draws.standard_normal(shape[-1], np.float32)}
            continue
        arrays[f"{name}/conv2d_params"] = kernel * np.float32(np.sqrt(2 / np.prod(shape[:3])))
        for part, low, high in (("beta", -0.1, 0.1), ("moving_mean", -0.1, 0.1), ("moving_variance", 0.5, 1.5)):
            arrays[f"{name}/batchnorm/{part}"] = draws.uniform(low, high, shape[-1]).astype(np.float32)
    return arrays


def ours(path: pathlib.Path, precision: str, batch_size: int) -> Run:
    """This package's extractor, its weights read from an archive."""
    from compare_gan_tf2.datasets import catalog
    from compare_gan_tf2.extractors import Request, inception

    inception._BATCH_SIZE = batch_size
    nowhere = pathlib.Path("nowhere")
    request = Request(catalog.find("cifar10"), nowhere, nowhere, weights=str(path), precision=precision)
    return inception.load(request).extract


def torch_fidelity(arrays: dict[str, np.ndarray], folder: pathlib.Path) -> Run:
    """torch-fidelity's network as it is shipped, the same weights given to its convolutions in their order."""
    try:
        import torch
        from torch_fidelity.feature_extractor_inceptionv3 import FeatureExtractorInceptionV3
    except ImportError as error:
        raise UserError(f"{error}; run: pip install torch torchvision torch-fidelity") from error
    convolutions = sorted((name for name in arrays if name.endswith("/conv2d_params")), key=_place)

    class Filled(FeatureExtractorInceptionV3):
        """Takes its weights from here when it has made its layers."""

        def load_state_dict(self, nothing: Any) -> None:
            modules = [name.removesuffix(".conv") for name, _ in self.named_modules() if name.endswith(".conv")]
            state = {
                "fc.weight": torch.from_numpy(np.ascontiguousarray(arrays["softmax/weights"].T)),
                "fc.bias": torch.from_numpy(arrays["softmax/biases"]),
            }
            for module, name in zip(modules, convolutions, strict=True):
                norm = name.replace("conv2d_params", "batchnorm")
                state |= {
                    f"{module}.conv.weight": torch.from_numpy(np.ascontiguousarray(arrays[name].transpose(3, 2, 0, 1))),
                    f"{module}.bn.weight": torch.ones(arrays[name].shape[-1]),
                    f"{module}.bn.bias": torch.from_numpy(arrays[f"{norm}/beta"]),
                    f"{module}.bn.running_mean": torch.from_numpy(arrays[f"{norm}/moving_mean"]),
                    f"{module}.bn.running_var": torch.from_numpy(arrays[f"{norm}/moving_variance"]),
                    f"{module}.bn.num_batches_tracked": torch.tensor(0),
                }
            super().load_state_dict(state)

    # A file has to be named, or it would download one.
    torch.save({}, folder / "nothing.pth")
    network = Filled("benchmark", ["2048", "logits"], feature_extractor_weights_path=str(folder / "nothing.pth"))

    def run(images: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        pixels = torch.from_numpy(np.rint(images * 255).astype(np.uint8).transpose(0, 3, 1, 2).copy())
        with torch.no_grad():
            features, logits = network(pixels)
        return features.numpy(), logits.numpy()

    return run


def _place(name: str) -> tuple[int, int, str]:
    """Blocks by number after the first layers, and layers by name within a block."""
    match = re.match(r"mixed(?:_(\d+))?/", name)
    return (1, int(match[1] or 0), name[match.end() :]) if match else (0, 0, name)


def main() -> int:
    """Runs the command line; the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pairs", type=int, default=0, help="rounds in turn with torch-fidelity; 0: ours alone")
    parser.add_argument("--rounds", type=int, default=5, help="rounds of ours alone")
    parser.add_argument("--batch_size", type=int, default=32, help="images per call")
    parser.add_argument("--precisions", default="float32,bfloat16", help="of ours, with commas")
    arguments = parser.parse_args()
    size = arguments.batch_size
    images = np.random.default_rng(1).integers(0, 256, (size, 32, 32, 3)).astype(np.float32) / np.float32(255)
    arrays = random_arrays()
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        np.savez(folder / "inception.npz", **arrays)
        sides = {f"ours {each}": ours(folder / "inception.npz", each, size) for each in arguments.precisions.split(",")}
        if arguments.pairs:
            sides["torch-fidelity"] = torch_fidelity(arrays, folder)
        # The first call traces, and shows that all compute the same.
        found = {side: run(images)[0] for side, run in sides.items()}
    rates = _measure(sides, images, arguments.pairs or arguments.rounds)
    for side, rate in rates.items():
        line = f"{side:16} {statistics.median(rate):7.1f} images/s in batches of {size}"
        if arguments.pairs and side != "torch-fidelity":
            reference = found["torch-fidelity"]
            difference = np.abs(found[side] - reference).max() / np.abs(reference).max()
            ratios = np.divide(rate, rates["torch-fidelity"])
            low, middle, high = np.quantile(ratios, [0.05, 0.5, 0.95])
            line += f"; {middle:.2f} x torch-fidelity ({low:.2f} to {high:.2f}); features differ by {difference:.1e}"
        print(line)
    return 0


def _measure(sides: dict[str, Run], images: np.ndarray, rounds: int) -> dict[str, list[float]]:
    """{side: images per second in every round}, all sides in turn."""
    rates: dict[str, list[float]] = {side: [] for side in sides}
    for _ in range(rounds):
        for side, run in sides.items():
            start = time.perf_counter()
            run(images)
            rates[side].append(len(images) / (time.perf_counter() - start))
    return rates


if __name__ == "__main__":
    _command.run(main)

"""The model card beside an exported module."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

from compare_gan_tf2 import results
from compare_gan_tf2.gans._gan import BaseGan
from compare_gan_tf2.options import Options

_KINDS = {"vae": "variational autoencoder"}


def model_card(gan: BaseGan, step: int, row: dict[str, str] | None, judged: Sequence[str]) -> str:
    """Markdown: what the model is, its data, how it was trained, its scores with their protocol, how to load it.

    Args:
        gan: of the task.
        step: of the checkpoint.
        row: of scores.csv; None if the checkpoint was not scored.
        judged: names of what the second network gives.
    """
    options, dataset, length = gan.options, gan.dataset, gan.generator.z_dim
    height, width, colours = dataset.image_shape
    prior = {
        "uniform": "uniform on [-1, 1]",
        "normal": "standard normal",
        "truncated": "standard normal, drawn again beyond two deviations",
    }[options.z_distribution]
    draw = {
        "uniform": f"tf.random.uniform([16, {length}], -1.0, 1.0)",
        "normal": f"tf.random.normal([16, {length}])",
        "truncated": f"tf.random.truncated_normal([16, {length}])",
    }[options.z_distribution]
    labels = ", tf.range(16) % " + str(dataset.num_classes) if options.conditional else ""
    classes = f"Classes, by label: {', '.join(dataset.class_names)}.\n\n" if options.conditional else ""
    kind = _KINDS.get(options.gan, "generative adversarial network")
    name = options.architecture if options.gan == "modular" else f"{options.gan.upper()} ({options.architecture})"
    return f"""# {name} on {dataset.title}

A {"conditional " if options.conditional else ""}{kind} trained with compare_gan_tf2, at
generator step {step}. Both its networks are in the module.

![samples](samples.png)

## Use

```python
import tensorflow as tf, tensorflow_hub as hub
module = hub.load("path/of/this/folder")
images = module({draw}{labels})  # float32 [16, {height}, {width}, {colours}] in [0, 1]
```

needs `pip install tensorflow tensorflow-hub 'setuptools<82'` and nothing else.

Latents: {prior}, length {length}.
{classes}Signatures: {_signatures(options, judged)}.

## Data

{dataset.title}; {dataset.licence}

## Training

{_table({field.name: getattr(options, field.name) for field in dataclasses.fields(options)})}

## Scores

{_scores(row)}

## Limits

Trained on {height}x{width} images of one data set; it knows nothing else, repeats that set's gaps and biases, and may
reproduce single training images. Scores hold for the protocol stated with them only.
"""


def _signatures(options: Options, judged: Sequence[str]) -> str:
    given = "z, labels" if options.conditional else "z"
    shown = "images, labels" if options.conditional else "images"
    generators = f"`default`, `serving_default`, `generator` ({given} -> generated)"
    if options.ema_decay:
        generators += f", `generator_latest` ({given} -> generated, without the running average)"
    return f"{generators}, `discriminator` ({shown} -> {', '.join(judged)})"


def _scores(row: dict[str, str] | None) -> str:
    if row is None:
        return "Not scored."
    return f"{_table({name: row[name] for name in results.score_columns([row])})}\n\nProtocol: {row['protocol']}."


def _table(values: dict[str, object]) -> str:
    lines = [f"| {name} | {value} |" for name, value in values.items()]
    return "\n".join(["| | |", "|---|---|", *lines])

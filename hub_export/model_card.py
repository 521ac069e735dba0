"""The model card beside an exported module."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

from compare_gan_tf2 import results
from compare_gan_tf2.gans._gan import BaseGan
from compare_gan_tf2.options import Options

_KINDS = {"vae": "variational autoencoder"}
_VARIABLES = "z_dim z_distribution num_classes class_names image_shape options scores protocol"
_DESCRIBED = ", ".join(f"`module.{name}`" for name in _VARIABLES.split())


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
    given = ", labels" if options.conditional else ""
    chosen = ", labels=None" if options.conditional else ""
    kind = _KINDS.get(options.gan, "generative adversarial network")
    name = options.architecture if options.gan == "modular" else f"{options.gan.upper()} ({options.architecture})"
    return f"""---
library_name: tf-keras
license: other
license_name: see-data
pipeline_tag: unconditional-image-generation
tags: [gan, tensorflow, tf-hub, saved-model, compare_gan]
---

# {name} on {dataset.title}

A {"conditional " if options.conditional else ""}{kind} trained with compare_gan_tf2, at
generator step {step}. Both its networks are in the module.

![samples](samples.png)

## Use

```python
import tensorflow_hub as hub
module = hub.load("path/of/this/folder")  # or the web address of its .tar.gz
images = module.generate(16, seed=0)  # float32 [16, {height}, {width}, {colours}] in [0, 1]
```

needs `pip install tensorflow tensorflow-hub 'setuptools<82'` and nothing else.

| what | how |
|---|---|
| images | `module.generate(n, seed=0{chosen}, truncation=0.0)`; a truncation above 0 keeps latents within it |
| from latents of your own | `module({draw}{labels})` |
| what it is about | variables {_DESCRIBED} |
| fine-tuning | `module(z{given}, training=True)`, `module.trainable_variables` |
| by name, of plain tensors | signatures {_signatures(options, judged)} |

Latents: {prior}, length {length}.
{classes}
## Data

{dataset.title}; {dataset.licence or "licence unknown"}. Its terms bind what is done with the model.

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
    generators = f"`default`, `serving_default`, `generator`, `gen` ({given} -> generated)"
    if options.ema_decay:
        generators += f", `generator_latest` ({given} -> generated, without the running average)"
    return f"{generators}, `discriminator`, `disc` ({shown} -> {', '.join(judged)})"


def _scores(row: dict[str, str] | None) -> str:
    if row is None:
        return "Not scored."
    return f"{_table({name: row[name] for name in results.score_columns([row])})}\n\nProtocol: {row['protocol']}."


def _table(values: dict[str, object]) -> str:
    lines = [f"| {name} | {value} |" for name, value in values.items()]
    return "\n".join(["| | |", "|---|---|", *lines])

"""The model card beside an exported module."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from compare_gan_tf2 import components
from compare_gan_tf2.display import markdown
from compare_gan_tf2.gans import ability_inputs
from compare_gan_tf2.gans.base import BaseGan, is_picture
from compare_gan_tf2.hub_export import _publishing
from compare_gan_tf2.hub_export.styles import Truncation
from compare_gan_tf2.options import Options
from compare_gan_tf2.runtime.codes import Codes
from compare_gan_tf2.runtime.prior import Prior
from compare_gan_tf2.runtime.shaped_prior import GAUSSIANS, SWISS_ROLL, Shape
from compare_gan_tf2.task_folder import score_table

_VARIABLES = "z_dim z_distribution num_classes class_names image_shape options scores protocol abilities"
_DESCRIBED = ", ".join(f"`module.{name}`" for name in _VARIABLES.split())
_OF_SEEDS = """ A `seed` turns on dropout and noise: each seed gives another output for the same input, and the same
seed gives the same output, alone or in a batch."""
# A web address of characters that mean nothing in YAML and, but for underscores, in Markdown.
_ADDRESS = r"https?://[\w./~%?=&#+-]+"


def model_card(
    gan: BaseGan,
    facts: Mapping[str, Any],
    row: Mapping[str, str] | None,
    judged: Sequence[str],
    *,
    has_sheet: bool = True,
    others: Sequence[Mapping[str, str]] = (),
) -> str:
    """Markdown: what the model is, its data, how it was trained, its scores with their protocol, how to load it.

    Names of data sets, classes and options, and licenses, come from outside: they are text and no Markdown.

    Args:
        gan: of the task.
        facts: as in module.json.
        row: of scores.csv, without places of the disk; None if the checkpoint was not scored.
        judged: names of what the second network gives.
        has_sheet: whether there is a picture beside, samples.png.
        others: rows about other abilities.
    """
    options, dataset = gan.options, gan.dataset
    title = markdown(_publishing.without_places(dataset.title, options))
    height, width, _ = dataset.image_shape
    stated = components.facts("gans", options.gan)
    name = options.architecture if options.gan == "modular" else f"{options.gan.upper()} ({options.architecture})"
    name = name if stated["HAS_STEPS"] else options.gan.upper()
    address = re.search(_ADDRESS, dataset.licence)
    generates = _draws_images(facts)
    # Hugging Face's own list of tasks has none for images of a class.
    task = "" if options.conditional else "pipeline_tag: unconditional-image-generation\n"
    if not generates:
        task = "pipeline_tag: text-to-image\n" if "generate" in facts["abilities"] else "pipeline_tag: image-to-image\n"
    return f"""---
license: other
license_name: see-data
license_link: {address[0] if address else "README.md#data"}
{task}tags: [gan, tensorflow, tf-hub, saved-model, compare_gan]
---

# {name} on {title}

A {"conditional " if options.conditional else ""}{stated["MODEL"]} {_made(gan, facts)}

{"![samples](samples.png)" + chr(10) * 2 if has_sheet else ""}## Use

```python
import tensorflow_hub as hub
module = hub.load("path/of/this/folder")  # or the web address of its .tar.gz
{_first_call(gan, facts)}
```

This needs `pip install tensorflow tensorflow-hub 'setuptools<82'` and nothing else. From Hugging Face or Kaggle, give
`hub.load` the path that `huggingface_hub.snapshot_download("OWNER/NAME")` or
`kagglehub.model_download("OWNER/MODEL/FRAMEWORK/VARIATION")` returns.

{_truncation(gan.options)}{_ways(gan, judged) if generates else ""}{_abilities(gan, facts)}## Data

{title}; {_licence(dataset.licence)}. Its terms also apply to uses of the model.

## Training

{_table(facts["options"])}

## Scores

{_scores(row)}
{"".join(f"{chr(10)}{_scores(each)}{chr(10)}" for each in others)}
## Limits

The model was trained on {height}x{width} images of one data set. It knows nothing else, repeats the gaps and biases of
this data set, and may reproduce single training images. Scores are valid only for the protocol stated with them.
"""


def _draws_images(facts: Mapping[str, Any]) -> bool:
    """Whether the module draws images of latents and labels alone."""
    about = facts.get("abilities", {"generate": {"takes": ()}}).get("generate")
    return about is not None and {*about["takes"]} <= {"z", "labels"}


def _made(gan: BaseGan, facts: Mapping[str, Any]) -> str:
    """How the model came to be, and what of it is in the module."""
    networks = "Both its networks are" if len(gan.players) == 2 else f"All its {len(gan.players)} networks are"
    if components.facts("gans", gan.options.gan)["HAS_STEPS"]:
        return f"trained with compare_gan_tf2, at\ngenerator step {facts['step']}. {networks} in the module."
    holds_images = any(is_picture(each) for each in gan.state.values())
    images = " It contains training images: who gets the module gets these images." if holds_images else ""
    return f"that compare_gan_tf2 computed from the training images, without training steps.{images}"


def _truncation(options: Options) -> str:
    """What every image that the module generates has been through; empty if its w are not truncated."""
    if options.truncation_psi == 1.0:
        return ""
    said = Truncation(options.truncation_psi, options.truncation_cutoff).said()
    return f"All generated images use truncated w: {said}, towards the mean of all w.\n\n"


def _first_call(gan: BaseGan, facts: Mapping[str, Any]) -> str:
    """A line of Python that uses the module."""
    height, width, colors = gan.dataset.image_shape
    others = [name for name in facts.get("abilities", ()) if name != "generate"]
    if not _draws_images(facts) and "generate" in facts["abilities"]:
        return "images = module.generate(z, caption)  # latents and captions as the table of abilities says"
    if _draws_images(facts) or not others:
        return f"images = module.generate(16, seed=0)  # float32 [16, {height}, {width}, {colors}] in [0, 1]"
    return f"outputs = module.{others[0]}(images)  # of images float32 [B, {height}, {width}, {colors}] in [0, 1]"


def _abilities(gan: BaseGan, facts: Mapping[str, Any]) -> str:
    """What the module can do besides generating images; empty if nothing."""
    draws = _draws_images(facts)
    others = {name: about for name, about in facts.get("abilities", {}).items() if name != "generate" or not draws}
    if not others:
        return ""
    lines = [
        f"| `module.{name}({_arguments(about['takes'])})`{_direction(about)} | {_streams(about['takes'])} "
        f"| {_streams(about['gives'])} |"
        for name, about in others.items()
    ]
    statistics = {
        "moving": "the moving statistics of the training",
        "per image": "statistics of its own image only",
    }[ability_inputs.statistics(gan)]
    is_seeded = any(each.get("optional") for about in others.values() for each in about["takes"].values())
    return f"""## Abilities

Each ability is a function of the module, and a signature with the same name. Every row is computed independently,
without dropout and with {statistics}, so an input gives the same output alone or in a batch.
Images outside [0, 1] are rejected.{_OF_SEEDS if is_seeded else ""}{_of_reconstructions(facts)}

| call | takes | gives |
|---|---|---|
{chr(10).join(lines)}

"""


def _of_reconstructions(facts: Mapping[str, Any]) -> str:
    """What to expect of images' reconstructions that no objective compared with the images."""
    gan = facts.get("options", {}).get("gan")
    is_known = gan is not None and "reconstruct" in facts["abilities"]
    if not is_known or components.facts("gans", gan)["COMPARES_RECONSTRUCTIONS"]:
        return ""
    return (
        "\nNo term of the training compared reconstructions with images, so a reconstruction may show another style or "
        "another\nclass; this is not an error of the module."
    )


def _direction(about: Mapping[str, Any]) -> str:
    return f": {markdown(about['direction'])}" if about.get("direction") else ""


def _arguments(takes: Mapping[str, Mapping[str, Any]]) -> str:
    return ", ".join(f"{name}=None" if about.get("optional") else name for name, about in takes.items())


def _streams(about: Mapping[str, Mapping[str, Any]]) -> str:
    """Names, dtypes, shapes and ranges: "images float32 [B, 28, 28, 1] in [0, 1]"."""
    said = []
    for name, each in about.items():
        shape = ", ".join(["B", *map(str, each["shape"])])
        if each.get("optional"):
            said.append(f"{name} {each['dtype']}, one for all images or [{shape}]; optional")
            continue
        within = f" in [{each['range'][0]}, {each['range'][1]}]" if each["range"] else ""
        kind = "each 0 or 1" if each["shape"] else "by their numbers from 0"
        names = f" ({', '.join(map(markdown, each['names']))}; {kind})" if each.get("names") else ""
        said.append(f"{name} {each['dtype']} [{shape}]{within}{names}")
    return "; ".join(said)


def _ways(gan: BaseGan, judged: Sequence[str]) -> str:
    """How to generate images: from which latents, and by which names."""
    options, dataset, length = gan.options, gan.dataset, gan.prior.length
    prior, draw = _latents(gan.prior)
    labels = ", tf.range(16) % " + str(dataset.num_classes) if options.conditional else ""
    classes = f"Classes, by label: {', '.join(map(markdown, dataset.class_names))}.\n\n" if options.conditional else ""
    drawn = "; labels are one class for all, one for each image, or -1 to draw them" if options.conditional else ""
    given = ", labels" if options.conditional else ""
    chosen = ", labels=-1" if options.conditional else ""
    return f"""| what | how |
|---|---|
| images | `module.generate(n, seed=0{chosen}, truncation=0.0)`; a truncation above 0 is a bound on latents{drawn} |
| from latents of your own | `module({draw}{labels})` |
| description of the model | variables {_DESCRIBED} |
| fine-tuning | `module(z{given}, training=True)`, `module.trainable_variables` |
| signatures, which take tensors by name | {_signatures(options, judged)} |

Latents: {prior}, length {length}.
{classes}
"""


_SHAPES = {GAUSSIANS: "a star of {} Gaussians", SWISS_ROLL: "a Swiss roll of {} parts"}
_PRIORS = {
    "uniform": "uniform on [-1, 1]",
    "normal": "standard normal",
    "truncated": "standard normal, drawn again beyond two standard deviations",
}


def _latents(prior: Prior) -> tuple[str, str]:
    """What latents are, in words, and Python that draws sixteen of them."""
    if isinstance(prior, Shape):
        return f"{_SHAPES[prior.kind].format(prior.parts)} in the plane", "z"
    if not isinstance(prior, Codes):
        return _PRIORS[prior.distribution], _drawn(prior.distribution, prior.length)
    said, drawn = [], []
    for part in prior.parts:
        if part.is_categorical:
            one = f"tf.one_hot(tf.range(16) % {part.size}, {part.size})"
            said.append(f"`{part.name}`, one of {part.size} classes")
            drawn.append(f"tf.tile({one}, [1, {part.copies}])" if part.copies > 1 else one)
        else:
            factor = f"{part.scale:g} * " if part.scale != 1.0 else ""
            times = f", times {part.scale:g}" if part.scale != 1.0 else ""
            said.append(f"`{part.name}`, {part.size} {_PRIORS[part.kind]}{times}")
            drawn.append(f"{factor}{_drawn(part.kind, part.size)}")
    return f"in parts ({'; '.join(said)})", f"tf.concat([{', '.join(drawn)}], 1)"


def _drawn(distribution: str, length: int) -> str:
    return {
        "uniform": f"tf.random.uniform([16, {length}], -1.0, 1.0)",
        "normal": f"tf.random.normal([16, {length}])",
        "truncated": f"tf.random.truncated_normal([16, {length}])",
    }[distribution]


def _licence(text: str) -> str:
    """A license with its web addresses as they are: who reads the card has to find them."""
    shown = []
    for word in text.split():
        address = re.match(_ADDRESS, word)
        end = address.end() if address else 0
        shown.append(word[:end] + markdown(word[end:]))
    return " ".join(shown) or "license unknown"


def _signatures(options: Options, judged: Sequence[str]) -> str:
    given = "z, labels" if options.conditional else "z"
    shown = "images, labels" if options.conditional else "images"
    generators = f"`default`, `serving_default`, `generator`, `gen` ({given} -> generated)"
    if options.keeps_average:
        generators += f", `generator_latest` ({given} -> generated, without the running average)"
    return f"{generators}, `discriminator`, `disc` ({shown} -> {', '.join(judged)})" if judged else generators


def _scores(row: Mapping[str, str] | None) -> str:
    if row is None:
        return "Not scored."
    columns = score_table.score_columns([dict(row)])
    # Of several abilities each has columns that the others leave empty.
    scores = {name: row[name] for name in columns if row[name]}
    title = f"### {markdown(row['ability'])}\n\n" if row.get("ability") else ""
    return f"{title}{_table(scores)}\n\nProtocol: {markdown(row['protocol'])}."


def _table(values: Mapping[str, object]) -> str:
    lines = [f"| {markdown(name)} | {markdown(str(value))} |" for name, value in values.items()]
    return "\n".join(["| | |", "|---|---|", *lines])

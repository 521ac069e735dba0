"""Lists of components, options and recipes, as text for a terminal; components and options also as docs/options.md."""

from __future__ import annotations

import dataclasses
import textwrap
from collections.abc import Sequence
from typing import Any

from compare_gan_tf2 import components, options
from compare_gan_tf2.options import Options, architecture_limits, implied
from compare_gan_tf2.studies import terminal

# What the page of options says of a kind, where its heading is not enough.
_ABOUT_KIND = {
    "model_metrics": "Metrics of the trained model itself; given by option `metrics`.",
    "paired_metrics": "Metrics that compare outputs with a ground truth; given by option `metrics`.",
}


def components_text(kind: str, width: int) -> str:
    """The components of a kind: their names and the first lines of their docstrings."""
    rows = [(name, _component(kind, name)) for name in components.names(kind)]
    return "\n".join([f"{kind}:", *([terminal.described(rows, width, "  ")] if rows else [])])


def options_text(width: int) -> str:
    """The options: name, default, range and meaning."""
    lines = [
        f"{field.name} = {_shown(field.default)}  ({options.allowed(field)})  {_meaning(field)}"
        for field in dataclasses.fields(Options)
    ]
    return "\n".join(["options:", *(textwrap.indent(terminal.wrapped(each, width - 2), "  ") for each in lines)])


def names() -> list[str]:
    """Names of all components and options."""
    found = [name for kind in components.KINDS for name in components.names(kind)]
    return list(dict.fromkeys([*found, *(field.name for field in dataclasses.fields(Options))]))


def named(name: str) -> dict[str, dict[str, str]]:
    """What has a name: {kind: what is known of it}; kind is that of a component, or "options"."""
    found: dict[str, dict[str, str]] = {}
    for kind in components.KINDS:
        if name in components.names(kind):
            found[kind] = {"what": components.documentation(kind, name), "use": _use(kind, name)}
            if brings := implied.by_component(kind, name):
                found[kind]["brings"] = " ".join(f"{option}={_shown(value)}" for option, value in brings.items())
            if facts := components.facts(kind, name):
                found[kind]["facts"] = ", ".join(f"{fact}={value}" for fact, value in facts.items() if value)
    for field in dataclasses.fields(Options):
        if field.name == name:
            values = options.allowed(field)
            found["options"] = {"what": _meaning(field), "values": values, "default": _shown(field.default)}
    return found


def named_text(name: str, width: int) -> str:
    """What has a name, for a terminal."""
    lines = []
    for kind, said in named(name).items():
        lines.append(f"{kind}: {name}")
        for paragraph in said["what"].split("\n\n"):
            # Lists of arguments keep their lines; other text is filled.
            parts = paragraph.split("\n") if "\n  " in paragraph else [" ".join(paragraph.split())]
            lines += [textwrap.indent(terminal.wrapped(each, width - 2), "  ") for each in parts]
        for what, text in said.items():
            if what != "what" and text:
                title = "changes defaults" if what == "brings" else what
                lines.append(textwrap.indent(terminal.wrapped(f"{title}: {text}", width - 2), "  "))
        lines.append("")
    return "\n".join(lines).rstrip()


def _use(kind: str, name: str) -> str:
    """How a component is asked for: the options that name it."""
    if kind == "experiments":
        return f"--experiment {name}"
    found = [field.name for field in dataclasses.fields(Options) if field.metadata["kind"] == kind]
    if kind in ("metrics", "model_metrics", "paired_metrics"):
        return f"--metrics=default,{name}"
    return " or ".join(f"--set {option}={name}" for option in found)


def recipes_text(width: int) -> str:
    """The recipes: what each is, how it is run, on what hardware, with what score to expect, from which source."""
    lines = ["recipes:"]
    for name, recipe in recipes().items():
        lines.append(textwrap.indent(terminal.wrapped(f"{name}: {recipe['what']}", width - 2), "  "))
        for said in ("expected", "hardware", "source"):
            lines.append(textwrap.indent(terminal.wrapped(f"{said}: {recipe[said]}", width - 4), "    "))
        lines += [_command_text(command, width) for command in recipe["commands"]]
    return "\n".join(lines)


def recipes() -> dict[str, dict[str, Any]]:
    """What is known of each recipe, by its name: an experiment's."""
    found: dict[str, dict[str, Any]] = {}
    for name in components.names("experiments"):
        recipe = components.facts("experiments", name)["RECIPE"]
        if recipe:
            said = {each: recipe[each] for each in ("expected", "hardware", "source")}
            changes = f"{recipe.get('data', '')} {recipe.get('set', '')}".split()
            commands = _commands(name, recipe.get("flags", ""), changes)
            found[name] = {"what": components.description("experiments", name), **said, "commands": commands}
    return found


def _commands(name: str, flags: str, changes: Sequence[str]) -> list[str]:
    """How a recipe is trained and scored; one that needs flags is one task."""
    if not flags:
        chosen = f" --set {' '.join(changes)}" if changes else ""
        return [f"compare_gan_study new {name} --experiment {name}{chosen}", f"compare_gan_study run {name}"]
    chosen = "".join(f" --set {change}" for change in changes)
    return [
        f"compare_gan_generate_tasks --workdir {name} --experiment {name}{chosen}",
        f"compare_gan_run_one_task --workdir {name} --task_num=0 {flags}",
    ]


def _command_text(command: str, width: int) -> str:
    """A command that a shell takes as it stands, over several lines where it is long."""
    margin = " " * 8
    parts = textwrap.wrap(command, width - len(margin) - 2, break_long_words=False, break_on_hyphens=False)
    return f"    $ {f' {chr(92)}{chr(10)}{margin}'.join(parts)}"


def as_json(kinds: Sequence[str]) -> dict[str, Any]:
    """For programs: what is known of each component by kind and name, and of options and recipes by name."""
    found: dict[str, Any] = {}
    for kind in kinds:
        if kind == "options":
            found[kind] = {
                field.name: {"default": field.default, "values": options.allowed(field), "meaning": _meaning(field)}
                for field in dataclasses.fields(Options)
            }
        elif kind == "recipes":
            found[kind] = recipes()
        else:
            found[kind] = {name: _component(kind, name) for name in components.names(kind)}
    return found


def options_markdown() -> str:
    """The page docs/options.md."""
    parts = [
        "# Options",
        "",
        "This page is written by `compare_gan_list --markdown > docs/options.md`. compare_gan is Google's original",
        "package, in versions v1 to v3; `gan=X` means that option `gan` is X. Abilities are what a trained model can",
        "do, such as to generate images. kimg is thousands of training images.",
        "",
    ]
    sections = dict.fromkeys(field.metadata["section"] for field in dataclasses.fields(Options))
    for section in sections:
        title = section[:1].upper() + section[1:]
        parts += [f"## {title}", "", "| option | default | values | meaning |", "|---|---|---|---|"]
        for field in dataclasses.fields(Options):
            if field.metadata["section"] == section:
                values = options.allowed(field).replace("|", "\\|")
                parts.append(f"| `{field.name}` | {_shown(field.default)} | {values} | {_meaning(field)} |")
        parts.append("")
    parts += [
        "## Old names",
        "",
        "These option names of compare_gan and of older versions are accepted, and translated to the current names:",
        f"{', '.join(f'`{name}`' for name in options.aliases())}. So are old values of",
        "`architecture` (`*_arch`) and `penalty` (`no_penalty`, `wgangp_penalty`). In task files of v1 and v2, which",
        "have a `gan_type`, `training_steps` counts updates of the discriminator and is divided by `disc_iters`.",
        "",
    ]
    for kind in components.KINDS:
        heading = "GAN types" if kind == "gans" else kind.replace("_", " ").capitalize()
        about = [_ABOUT_KIND[kind], ""] if kind in _ABOUT_KIND else []
        parts += [f"## {heading}", "", *about, "| name | what it is |", "|---|---|"]
        parts += [f"| `{name}` | {_component(kind, name)} |" for name in components.names(kind)]
        parts.append("")
    return "\n".join(parts)


def _component(kind: str, name: str) -> str:
    """What a component is, the defaults that it changes, and what models can do besides generating images."""
    values = implied.by_component(kind, name)
    brought = ", ".join(f"{option}={_shown(value)}" for option, value in values.items())
    said = components.description(kind, name) + (f" Changes defaults: {brought}." if brought else "")
    abilities = components.facts(kind, name)["ABILITIES"] if kind == "gans" else {"generate": None}
    return said + (f" Abilities: {', '.join(abilities)}." if list(abilities) != ["generate"] else "")


def _meaning(field: dataclasses.Field[Any]) -> str:
    """What an option means, and with which components it can be used where others refuse it."""
    honoring = {**architecture_limits.honoring("architectures"), **architecture_limits.honoring("gans")}
    those = f"; only with {', '.join(honoring[field.name])}" if field.name in honoring else ""
    return f"{field.metadata['doc']}{those}"


def _shown(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)

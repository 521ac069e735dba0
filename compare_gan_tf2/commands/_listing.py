"""Lists of components and options, as text for a terminal and as docs/options.md."""

from __future__ import annotations

import dataclasses

from compare_gan_tf2 import components, options
from compare_gan_tf2.options import Options


def components_text(kind: str) -> str:
    """One line per component of a kind: its name and the first line of its docstring."""
    known = components.names(kind)
    width = max(map(len, known), default=0)
    lines = [f"  {name.ljust(width)}  {components.description(kind, name)}" for name in known]
    return "\n".join([f"{kind}:", *lines])


def options_text() -> str:
    """One line per option: name, default, range and meaning."""
    lines = [
        f"  {field.name} = {_shown(field.default)}  ({options.allowed(field)})  {field.metadata['doc']}"
        for field in dataclasses.fields(Options)
    ]
    return "\n".join(["options:", *lines])


def options_markdown() -> str:
    """The page docs/options.md."""
    parts = [
        "# Options",
        "",
        "Written by `compare_gan_list --markdown > docs/options.md`; a test holds it equal.",
        "",
    ]
    sections = dict.fromkeys(field.metadata["section"] for field in dataclasses.fields(Options))
    for section in sections:
        parts += [f"## {section.capitalize()}", "", "| option | default | values | meaning |", "|---|---|---|---|"]
        for field in dataclasses.fields(Options):
            if field.metadata["section"] == section:
                values = options.allowed(field).replace("|", "\\|")
                parts.append(f"| `{field.name}` | {_shown(field.default)} | {values} | {field.metadata['doc']} |")
        parts.append("")
    parts += [
        "## Old names",
        "",
        f"Accepted on input and translated: {', '.join(f'`{name}`' for name in options.aliases())}; also old values of",
        "`architecture` (`*_arch`) and `penalty` (`no_penalty`, `wgangp_penalty`). Beside a `gan_type`, which task",
        "files of v1 and v2 have, `training_steps` counts updates of the discriminator and is divided by `disc_iters`.",
        "",
    ]
    for kind in components.KINDS:
        parts += [f"## {kind.replace('_', ' ').capitalize()}", "", "| name | what it is |", "|---|---|"]
        parts += [f"| `{name}` | {components.description(kind, name)} |" for name in components.names(kind)]
        parts.append("")
    return "\n".join(parts)


def _shown(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)

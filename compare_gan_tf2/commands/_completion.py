"""Completion for shells: names of commands' flags, of options behind --set, and of values that an option can have."""

from __future__ import annotations

import dataclasses
import importlib
import shlex

from compare_gan_tf2 import components, options
from compare_gan_tf2.options import Options

# Commands whose flags are absl's, and the modules that define them.
_COMMANDS = {
    "compare_gan_evaluate": "evaluate",
    "compare_gan_export": "export",
    "compare_gan_generate_tasks": "generate_tasks",
    "compare_gan_import_gin": "import_gin",
    "compare_gan_import_weights": "import_weights",
    "compare_gan_list": "list_components",
    "compare_gan_prepare_datasets": "prepare_datasets",
    "prepare_datasets.sh": "prepare_datasets",
    "compare_gan_run_one_task": "run_one_task",
    "compare_gan_sample": "sample",
    "compare_gan_train_extractor": "train_extractor",
    "compare_gan_translate": "translate",
}
_SCRIPT = """\
# Completion of compare_gan_tf2's commands: source <(compare_gan_list --completion={shell})
{preamble}
_compare_gan_complete() {{
  local word="${{COMP_WORDS[COMP_CWORD]}}" before="${{COMP_WORDS[COMP_CWORD-1]}}" option="" words=""
  # The shell parts option=value into three words.
  if [[ $word == "=" ]]; then option="$before" word=""; elif [[ $before == "=" ]]; then
    option="${{COMP_WORDS[COMP_CWORD-2]}}"
  fi
  case "$option" in
{values}
  esac
  if [[ -z $option ]]; then
    if [[ $word == -* ]]; then
      case "${{COMP_WORDS[0]##*/}}" in
{flags}
      esac
    else
      words={options}
      [[ ${{COMP_WORDS[0]##*/}} == compare_gan_study && $COMP_CWORD == 1 ]] && words={verbs}
    fi
  fi
  # shellcheck disable=SC2207
  COMPREPLY=($(compgen -W "$words" -- "$word"))
  [[ ${{COMPREPLY[0]:-}} == *= ]] && compopt -o nospace 2>/dev/null
  return 0
}}
complete -o default -F _compare_gan_complete {commands}
"""


def script(shell: str) -> str:
    """The script for a shell, bash or zsh (which has bash's completion, too)."""
    flags = {command: _flags(module) for command, module in _COMMANDS.items()}
    study, verbs = _of_study()
    flags["compare_gan_study"] = study
    return _SCRIPT.format(
        shell=shell,
        preamble="autoload -U +X bashcompinit && bashcompinit" if shell == "zsh" else "",
        values="\n".join(f"    {name}) words={_quoted(values)} ;;" for name, values in _values().items()),
        flags="\n".join(f"        {command}) words={_quoted(names)} ;;" for command, names in flags.items()),
        options=_quoted([f"{field.name}=" for field in dataclasses.fields(Options)]),
        verbs=_quoted(verbs),
        commands=" ".join(flags),
    )


def _quoted(words: list[str]) -> str:
    return shlex.quote(" ".join(words))


def _flags(module: str) -> list[str]:
    values = importlib.import_module(f"compare_gan_tf2.commands.{module}").FLAGS
    own = [name for name in values if values[name].help and not name.startswith(("flagfile", "undefok"))]
    return [f"--{name}" if values[name].boolean else f"--{name}=" for name in sorted(own)] + ["--help", "--version"]


def _of_study() -> tuple[list[str], list[str]]:
    """Flags of all verbs of compare_gan_study, and the verbs."""
    from compare_gan_tf2.commands import study

    found = dict.fromkeys(flag for verb in study.verbs().values() for flag in verb)
    return sorted(found), list(study.verbs())


def _values() -> dict[str, list[str]]:
    """The values of options that have a list of them."""
    found = {}
    for field in dataclasses.fields(Options):
        kind = field.metadata["kind"]
        names = components.names(kind) if kind else field.metadata["choices"]
        if not names and options.allowed(field) == "true | false":
            names = ("false", "true")
        if names:
            found[field.name] = list(names)
    found["--experiment"] = list(components.names("experiments"))
    return found

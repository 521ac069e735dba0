"""Lists what a task can be made of: components by kind, options with their ranges, and recipes.

compare_gan_list [KIND ... | options | recipes] [--markdown | --json]
compare_gan_list NAME ...             shows one component or option: formula, paper, range, how to set it
compare_gan_list --completion=bash    prints a completion script: source <(compare_gan_list --completion=bash)
"""

from __future__ import annotations

import difflib
import sys
from collections.abc import Sequence

from absl import flags

from compare_gan_tf2.commands import _run
from compare_gan_tf2.errors import UserError

FLAGS = flags.FlagValues()
flags.DEFINE_bool("markdown", False, "print the page docs/options.md", flag_values=FLAGS)
flags.DEFINE_enum("completion", None, ("bash", "zsh"), "print a completion script for this shell", flag_values=FLAGS)
_run.define_json(FLAGS)


def _main(kinds: list[str]) -> int:
    from compare_gan_tf2 import components
    from compare_gan_tf2.commands import _completion, _listing
    from compare_gan_tf2.studies import terminal

    if FLAGS.completion:
        print(_completion.script(FLAGS.completion), end="")
        return 0
    known = (*components.KINDS, "options", "recipes")
    for kind in kinds:
        if kind not in known and not _listing.named(kind):
            near = difflib.get_close_matches(kind, [*known, *_listing.names()], n=3)
            hint = f", did you mean {' or '.join(map(repr, near))}?" if near else ";"
            raise UserError(f"unknown kind, component or option {kind!r}{hint} kinds: {', '.join(known)}")
    if FLAGS.markdown and FLAGS.json:
        raise UserError("--markdown and --json are two forms; choose one")
    if FLAGS.json:
        named = {name: _listing.named(name) for name in kinds if name not in known}
        print(_run.as_json(_listing.as_json([kind for kind in kinds or known if kind in known]) | named))
        return 0
    if FLAGS.markdown:
        print(_listing.options_markdown(), end="")
        return 0
    # A line each for grep and the like.
    width = terminal.width(without=sys.maxsize)
    print("\n\n".join(_text(kind, width) for kind in kinds or known))
    return 0


def _text(kind: str, width: int) -> str:
    from compare_gan_tf2 import components
    from compare_gan_tf2.commands import _listing

    of_others = {"options": _listing.options_text, "recipes": _listing.recipes_text}
    if kind in of_others:
        return of_others[kind](width)
    return _listing.components_text(kind, width) if kind in components.KINDS else _listing.named_text(kind, width)


def main(argv: Sequence[str] | None = None) -> int:
    """The console script compare_gan_list."""
    return _run.run(__doc__ or "", FLAGS, _main, argv)

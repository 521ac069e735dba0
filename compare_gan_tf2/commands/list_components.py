"""Lists what can be put into a task: components by kind, options with their ranges, and recipes known by name.

compare_gan_list [KIND ... | options | recipes] [--markdown | --json]
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

from absl import flags

from compare_gan_tf2.commands import _run
from compare_gan_tf2.errors import UserError

FLAGS = flags.FlagValues()
flags.DEFINE_bool("markdown", False, "print the page docs/options.md", flag_values=FLAGS)
_run.define_json(FLAGS)


def _main(kinds: list[str]) -> int:
    from compare_gan_tf2 import components
    from compare_gan_tf2.commands import _listing
    from compare_gan_tf2.studies import terminal

    known = (*components.KINDS, "options", "recipes")
    for kind in kinds:
        if kind not in known:
            raise UserError(components.unknown("kind", kind, known))
    if FLAGS.markdown and FLAGS.json:
        raise UserError("--markdown and --json are two forms; choose one")
    if FLAGS.json:
        print(_run.as_json(_listing.as_json(kinds or known)))
        return 0
    if FLAGS.markdown:
        print(_listing.options_markdown(), end="")
        return 0
    # A line each for grep and the like.
    width = terminal.width(without=sys.maxsize)
    print("\n\n".join(_text(kind, width) for kind in kinds or known))
    return 0


def _text(kind: str, width: int) -> str:
    from compare_gan_tf2.commands import _listing

    of_others = {"options": _listing.options_text, "recipes": _listing.recipes_text}
    return of_others[kind](width) if kind in of_others else _listing.components_text(kind, width)


def main(argv: Sequence[str] | None = None) -> int:
    """The console script compare_gan_list."""
    return _run.run(__doc__ or "", FLAGS, _main, argv)

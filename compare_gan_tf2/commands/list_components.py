"""Lists what can be put into a task: components by kind, and options with their ranges.

compare_gan_list [KIND ... | options] [--markdown | --json]
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

    known = (*components.KINDS, "options")
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
    texts = [
        _listing.options_text(width) if kind == "options" else _listing.components_text(kind, width)
        for kind in kinds or known
    ]
    print("\n\n".join(texts))
    return 0


def main(argv: Sequence[str] | None = None) -> int:
    """The console script compare_gan_list."""
    return _run.run(__doc__ or "", FLAGS, _main, argv)

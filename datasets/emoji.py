"""Emoji, 64x64 pixels, in four styles: pairs, masks, captions and attributes; made from npm packages.

`emoji` is the three color styles as classes (openmoji_color, noto, twemoji), with every emoji in all of them beside it
("domains" uint8 [N, 3, 64, 64, 3], of the test split). `emoji:STYLE` is one style, of these or openmoji_black; the
labels are the ten groups. `emoji:STYLE-STYLE` is pairs of two styles ("input", "target"), and two unpaired sets a and
b, which have no emoji in common in training, nor variants of one, and are partners in the test split. Flags are left
out where one style is openmoji_black, which draws all of them alike.

Beside pictures are "masks" uint8 [N, 64, 64, 1] (what is drawn), "captions" bytes [N], "caption" uint8 [N, 128] (their
characters) and "attributes" float32 [N, 7] (five skin tones, female, male).
"""

from __future__ import annotations

from compare_gan_tf2.datasets._emoji import STYLES, EmojiDataset
from compare_gan_tf2.errors import UserError

DATASET = EmojiDataset.of("emoji", "Emoji in three styles", STYLES[1:])


def named(argument: str) -> EmojiDataset:
    """The entry of emoji:STYLE or emoji:STYLE-STYLE; UserError for another style."""
    styles = tuple(argument.split("-"))
    if not set(styles) <= {*STYLES} or len(styles) > 2 or len(set(styles)) < len(styles):
        raise UserError(
            f"data set 'emoji:{argument}': after the colon stands a style, or two with a - between them; styles are "
            f"{', '.join(STYLES)}; for example emoji:openmoji_black-openmoji_color"
        )
    return EmojiDataset.of(f"emoji:{argument}", f"Emoji ({' and '.join(styles)})", styles)

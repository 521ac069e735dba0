"""Settings of the site, which bin/build_docs.sh makes of the pages: Sphinx reads this file from the checkout's root."""

import pathlib
import re

_ROOT = pathlib.Path(__file__).resolve().parents[1]

project = "compare_gan_tf2"
author = "The authors of compare_gan_tf2"
copyright = author
release = re.search(r'__version__ = "(.+)"', (_ROOT / "compare_gan_tf2/__init__.py").read_text())[1]

extensions = ["myst_parser"]
include_patterns = [
    "*.md",
    "datasets/README.md",
    "docs/*.md",
    "docs/systems/*.md",
    "hub_export/README.md",
    "hub_export/examples/README.md",
]
root_doc = "docs/index"
# Headings down to this level can be linked to.
myst_heading_anchors = 4
html_theme = "furo"
html_title = f"compare_gan_tf2 {release}"

"""Pages of systems: what papers, original programs and popular copies do beside what this package does."""

import pytest

from compare_gan_tf2 import components

# A page, and the copy that its table has beside the original.
PAGES = (("acgan", "PyTorch-GAN"), ("cgan", "PyTorch-GAN"), ("infogan", "PyTorch-GAN"), ("stylegan2", "rosinality"))


@pytest.mark.parametrize(("name", "copy"), PAGES)
def test_a_page_compares_a_systems_versions_and_names_all_its_options(name, copy, repository):
    text = (repository / "docs/systems" / f"{name}.md").read_text(encoding="utf-8")
    head = next(line for line in text.splitlines() if line.startswith("| |"))
    assert "paper" in head and copy in head and head.endswith("| here |")
    facts = components.facts("gans", name)
    shared = {"conditional", "d_conditioning", "d_normalization", "g_learning_rate", "judge"}
    missing = {option for option in (*facts["HONORS"], *facts["IMPLIES"]) if option not in text} - shared
    assert not missing, f"docs/systems/{name}.md does not say what {missing} is"

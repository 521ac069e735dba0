"""Pages of systems: what papers, original programs and popular copies do beside what this package does."""

import pytest

from compare_gan_tf2 import components

PAGES = {
    "aae": ("aae", "aae_clustering", "aae_semi_supervised", "aae_supervised"),
    "acgan": ("acgan",),
    "bigan": ("bigan", "ali"),
    "bigbigan": ("bigbigan",),
    "cgan": ("cgan",),
    "clustergan": ("clustergan",),
    "cogan": ("cogan", "cogan_adaptation"),
    "domains_and_texts": ("instagan", "pixelda", "stargan", "stargan_attributes", "text_to_image"),
    "image_to_image": ("bicyclegan", "discogan", "dualgan", "munit", "pix2pix", "unit"),
    "icgan": ("icgan", "matching_aware"),
    "infogan": ("infogan",),
    "lapgan": ("lapgan",),
    "ogan": ("ogan",),
    "pggan": ("pggan",),
    "r3gan": ("r3gan",),
    "stylegan": ("stylegan",),
    "stylegan2": ("stylegan2",),
    "restoring_images": ("srgan", "esrgan", "context_encoder", "ccgan"),
    "tlgan": ("tlgan",),
    "vae_gan": ("vae_gan", "class_means"),
}
COPIED = (
    "aae",
    "acgan",
    "cgan",
    "clustergan",
    "cogan",
    "domains_and_texts",
    "image_to_image",
    "infogan",
    "restoring_images",
)  # fmt: skip; by PyTorch-GAN
# Pages that name all that a type brings; the others its own options.
WHOLE = ("acgan", "cgan", "infogan")
SHARED = {"conditional", "d_conditioning", "d_normalization", "g_learning_rate", "judge"}


def tables(text):
    """The first lines of tables."""
    lines = text.splitlines()
    return [line for line, below in zip(lines, lines[1:], strict=False) if below.startswith("|---")]


def test_every_page_is_looked_at(repository):
    assert {path.stem for path in (repository / "docs/systems").glob("*.md")} == {*PAGES}


@pytest.mark.parametrize("name", PAGES)
def test_a_page_compares_a_systems_versions_and_names_its_options(name, repository):
    text = (repository / "docs/systems" / f"{name}.md").read_text(encoding="utf-8")
    compared = [head for head in tables(text) if head.endswith("| here |")]
    assert compared, "a table of the versions, ours last"
    for head in compared:
        assert any(word in head for word in ("paper", "code", "program"))
    assert any("PyTorch-GAN" in head for head in compared) == (name in COPIED)
    assert name in COPIED or "in PyTorch-GAN" in text
    for gan in PAGES[name]:
        facts = components.facts("gans", gan)
        wanted = (*facts["HONORS"], *(facts["IMPLIES"] if name in WHOLE else ()))
        missing = {option for option in wanted if option not in text} - SHARED
        assert not missing, f"docs/systems/{name}.md does not say what {missing} is"


def test_the_page_of_semi_supervised_gans_does_so_too(repository):
    text = (repository / "docs/semi_supervised.md").read_text(encoding="utf-8")
    head = next(head for head in tables(text) if "sgan_k_outputs" in head)
    assert "paper" in head and "original code" in head and "PyTorch-GAN" in head
    honored = {name for gan in ("sgan", "sgan_k_outputs") for name in components.facts("gans", gan)["HONORS"]}
    assert not {name for name in honored if name not in text}

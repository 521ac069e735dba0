"""Steps of the product against numbers of the original programs, and the command that compares them."""

import json
import pathlib
import shutil
import sys
import types

import keras
import numpy as np
import pytest
import tensorflow as tf
from slow_cases import slow_unless

from benchmarks import oracle_cases, oracle_parity
from benchmarks.oracle_cases import Case, Comparison, compared
from compare_gan_tf2.architectures import _resampling, _style, minibatch_discrimination
from compare_gan_tf2.architectures import stylegan2 as style_networks
from compare_gan_tf2.augmentations import _wavelets, ada
from compare_gan_tf2.gans import (
    aae,
    aae_semi_supervised,
    acgan,
    ali,
    bicyclegan,
    bigan,
    bigbigan,
    ccgan,
    class_losses,
    clustergan,
    cogan,
    context_encoder,
    cyclegan,
    discogan,
    dualgan,
    esrgan,
    feature_matching,
    historical_averaging,
    icgan,
    image_terms,
    infogan,
    instagan,
    lapgan,
    latent_axes,
    matching_aware,
    moving_average,
    munit,
    ogan,
    pggan,
    pix2pix,
    pixelda,
    r3gan,
    sgan,
    sgan_k_outputs,
    srgan,
    stargan,
    style_mixing,
    stylegan,
    stylegan2,
    text_to_image,
    unit,
    vae_gan,
)
from compare_gan_tf2.losses import _relativistic, least_squares_logits
from compare_gan_tf2.normalizations import virtual_batch
from compare_gan_tf2.options import growing, style_settings

GOLDEN = pathlib.Path(__file__).parent / "golden" / "oracle_parity"
NAMES = (
    "aae", "aae_semi_supervised", "acgan", "ada_augment_24", "ali", "bicyclegan_add_all64", "bigan", "bigbigan",
    "ccgan64", "cgan_mlp", "clustergan", "cogan", "context_encoder128", "context_encoder_pytorch_gan64",
    "cyclegan_resnet32", "discogan64", "discogan64_extra_layers", "dualgan128_wgan_gp", "esrgan128",
    "esrgan_pytorch_gan64", "feature_matching", "historical_averaging", "icgan", "infogan", "infogan_three_phases",
    "instagan_set32", "lapgan", "minibatch_discrimination", "munit32", "ogan", "pggan_16_conditional",
    "pix2pix_pixel_discriminator", "pix2pix_unet32", "pixelda32", "pixelda_pytorch_gan32", "r3gan_train_16",
    "sg2_forward_16_orig_skip_clamp", "sg2_forward_8_resnet_orig_grey", "sg2_operators",
    "sg2_train_16_cifar_conditional", "sg2_train_16_mixing_random_noise", "sgan_k_outputs", "sgan_k_plus_1",
    "srgan64", "stargan_domains32", "style_formulas", "stylegan1_16", "text_to_image64", "tlgan", "unit32",
    "vae_gan", "virtual_batch_norm",
)  # fmt: skip
FOLDERS = ("latent_systems", "image_to_image", "style_based")


@pytest.fixture
def command(monkeypatch, capsys):
    """command(folder) -> exit code, lines."""

    def run(folder):
        monkeypatch.setattr(sys, "argv", ["oracle_parity", str(folder)])
        code = oracle_parity.main()
        return code, capsys.readouterr().out.splitlines()

    return run


# Those that translate or restore images and networks of styles take long; of several much alike one is enough.
SLOW = (
    "bicyclegan", "ccgan", "cgan", "context_encoder", "cyclegan", "discogan", "dualgan", "esrgan",
    "historical_averaging", "infogan_three", "instagan", "munit", "pggan", "pix2pix_unet", "pixelda", "r3gan",
    "sg2", "sg2_forward_16", "sg2_train", "srgan", "stargan", "stylegan1", "text_to_image", "unit",
)  # fmt: skip


@pytest.mark.parametrize("name", slow_unless(lambda name: not name.startswith(SLOW), NAMES))
def test_the_steps_are_the_originals(name):
    comparison = compared(Case.read(GOLDEN / f"{name}.json"))
    assert comparison.is_ok and comparison.count > 90, comparison.text


def test_the_scores_of_clusterings_are_the_definitions():
    comparison = compared(Case.read(GOLDEN / "cluster_scores.json"))
    assert comparison.is_ok and comparison.count > 70, comparison.text


# Case, the type's file, a sign in it, and what it is turned into.
SIGNS = [
    ("aae", aae, "softplus(-of_drawn)", "softplus(of_drawn)"),
    ("aae", aae, "softplus(-discriminator(", "softplus(discriminator("),
    ("aae_semi_supervised", aae_semi_supervised, "tf.reduce_mean(each)", "-tf.reduce_mean(each)"),
    ("acgan", acgan, "batch.fake_labels), weight)", "batch.fake_labels), -weight)"),
    ("acgan", class_losses, "(classes, logits)", "(classes, tf.nn.softmax(logits))"),
    ("bigan", bigan, "tf.nn.softplus(-real)", "tf.nn.softplus(real)"),
    ("bigan", bigan, "tf.nn.softplus(-fake)", "tf.nn.softplus(fake)"),
    ("cgan_mlp", least_squares_logits, "fake_logits - 1.0", "fake_logits + 1.0"),
    ("infogan", infogan, "Term(bound, -self", "Term(bound, self"),
    ("infogan_three_phases", infogan, "Term(bound, -self", "Term(bound, self"),
    ("ali", ali, "mean + tf.exp", "mean - tf.exp"),
    ("bigbigan", bigbigan, "tf.nn.relu(1.0 - each)", "tf.nn.relu(1.0 + each)"),
    ("bigbigan", bigbigan, "Term(of_real, only", "Term(-of_real, only"),
    ("bigbigan", bigbigan, "mean + deviation *", "mean - deviation *"),
    ("clustergan", clustergan, "tf.reduce_mean(real) - tf", "-tf.reduce_mean(real) + tf"),
    ("clustergan", clustergan, "Term(tf.reduce_mean(self.judged", "Term(-tf.reduce_mean(self.judged"),
    ("clustergan", clustergan, "Term(tf.reduce_mean(errors), self", "Term(tf.reduce_mean(errors), -self"),
    ("ogan", ogan, "score(of_real) - score", "score(of_real) + score"),
    ("ogan", ogan, "Term(tf.reduce_mean(score(of_fake)), only", "Term(-tf.reduce_mean(score(of_fake)), only"),
    ("ogan", ogan, ", -self.options.correlation_weight", ", self.options.correlation_weight"),
    ("ccgan64", ccgan, 'Term(error, only=("classifier",))', 'Term(-error, only=("classifier",))'),
    ("ccgan64", ccgan, 'unreached="zero"', 'unreached="counted"'),
    ("ccgan64", image_terms, "- target * logits", "+ target * logits"),
    ("cogan", cogan, "tf.nn.softplus(-real)", "tf.nn.softplus(real)"),
    ("context_encoder128", context_encoder, "unknown > 0.5", "unknown < 0.5"),
    ("context_encoder128", context_encoder, "unknown), options.pixel_weight", "unknown), -options.pixel_weight"),
    ("context_encoder_pytorch_gan64", image_terms, "square(fake - target)", "square(fake + target)"),
    ("esrgan128", esrgan, "real - of_generated, 1.0", "real + of_generated, 1.0"),
    ("esrgan_pytorch_gan64", esrgan, "generated - average(real, self.axes)", "generated + average(real, self.axes)"),
    ("cyclegan_resnet32", cyclegan, "Term(distance(ba(fake_b), a), cycle)", "Term(distance(ba(fake_b), a), -cycle)"),
    ("bicyclegan_add_all64", bicyclegan, "apart(read_again, z)", "apart(read_again, -z)"),
    ("discogan64", discogan, "softplus(-logits)", "softplus(logits)"),
    ("discogan64_extra_layers", discogan, "softplus(-of_real)", "softplus(of_real)"),
    ("dualgan128_wgan_gp", dualgan, "signed = -judged if", "signed = judged if"),
    ("dualgan128_wgan_gp", dualgan, "length - 1.0", "length + 1.0"),
    ("icgan", icgan, "tf.square(found - z)", "tf.square(found + z)"),
    ("munit32", munit, "distance(copy, images)", "-distance(copy, images)"),
    ("munit32", munit, "apart(content_again, content)", "-apart(content_again, content)"),
    (
        "pix2pix_pixel_discriminator",
        pix2pix,
        "softplus(-self.judged(input, target)",
        "softplus(self.judged(input, target)",
    ),
    ("pix2pix_unet32", pix2pix, "softplus(-self.judged(input, fake)", "softplus(self.judged(input, fake)"),
    ("pixelda32", pixelda, "softplus(-judged if is_target else judged)", "softplus(judged if is_target else judged)"),
    ("pixelda_pytorch_gan32", pixelda, "judged - float(is_target)", "judged + float(is_target)"),
    ("instagan_set32", instagan, "(1.0 - covered) *", "(1.0 + covered) *"),
    ("stargan_domains32", stargan, '"loss/d_real": -tf', '"loss/d_real": tf'),
    ("stargan_domains32", stargan, "length - 1.0", "length + 1.0"),
    ("text_to_image64", text_to_image, "softplus(judge(wrong, texts))", "softplus(-judge(wrong, texts))"),
    ("text_to_image64", text_to_image, "texts[:half] + texts", "texts[:half] - texts"),
    ("unit32", unit, "mean + draws", "mean - draws"),
    ("unit32", unit, "distance(there_and_back, images)", "-distance(there_and_back, images)"),
    ("icgan", matching_aware, "shift), 1.0)", "shift), -1.0)"),
    ("lapgan", lapgan, "[tf.nn.softplus(-of_real)", "[tf.nn.softplus(of_real)"),
    ("sg2_train_16_mixing_random_noise", stylegan2, "= self.options.r1_interval", "= -self.options.r1_interval"),
    ("sg2_operators", _style, "grouped - tf.reduce_mean", "grouped + tf.reduce_mean"),
    ("sg2_operators", _resampling, "max(-top, 0)", "max(top, 0)"),
    ("sg2_forward_8_resnet_orig_grey", style_networks, "center + (ws - center)", "center - (ws - center)"),
    ("sg2_forward_16_orig_skip_clamp", style_networks, "x + activated(next", "x - activated(next"),
    ("sg2_train_16_cifar_conditional", style_networks, "tf.reduce_sum(logits *", "-tf.reduce_sum(logits *"),
    ("style_formulas", style_settings, "group = 0.0002", "group = -0.0002"),
    ("style_formulas", moving_average, "0.5 ** (batch_size", "0.5 ** -(batch_size"),
    ("srgan64", image_terms, "square(real - real_target)) +", "square(real - real_target)) -"),
    ("srgan64", srgan, "images), options.perceptual_weight", "images), -options.perceptual_weight"),
    ("vae_gan", vae_gan, "return of_real, of_generated, -of_generated", "return of_real, of_generated, of_generated"),
    ("vae_gan", vae_gan, "tf.reduce_mean(-0.5 *", "tf.reduce_mean(0.5 *"),
    ("vae_gan", vae_gan, "1.0 - gamma", "1.0 + gamma"),
    (
        "vae_gan",
        vae_gan,
        '"loss/similarity": Term(similarity, rows, only=("encoder",))',
        '"loss/similarity": Term(similarity, rows)',
    ),
    ("sg2_train_16_mixing_random_noise", stylegan2, "weight = self.options.path", "weight = -self.options.path"),
    ("style_formulas", growing, "1.0 - seen /", "1.0 + seen /"),
    ("pggan_16_conditional", pggan, "Term(-tf.reduce_mean(of_real", "Term(tf.reduce_mean(of_real"),
    ("pggan_16_conditional", pggan, "norms - target", "norms + target"),
    ("pggan_16_conditional", pggan, "real + (fake - real)", "real - (fake - real)"),
    ("stylegan1_16", stylegan, "softplus(-of_real)", "softplus(of_real)"),
    ("stylegan1_16", stylegan, "self.options.r1_interval * self", "-self.options.r1_interval * self"),
    ("stylegan1_16", style_mixing, "[None, :, None] < place", "[None, :, None] >= place"),
    ("sgan_k_plus_1", sgan, "- logits[:, -1]", "+ logits[:, -1]"),
    ("sgan_k_plus_1", sgan, "softplus(-self.real_logits(", "softplus(self.real_logits("),
    ("sgan_k_plus_1", sgan, "- target * logits", "+ target * logits"),
    ("sgan_k_outputs", sgan_k_outputs, "-tf.reduce_mean(tf.nn.softplus", "tf.reduce_mean(tf.nn.softplus"),
    (
        "feature_matching",
        feature_matching,
        "of_fake - tf.stop_gradient(of_real)",
        "of_fake + tf.stop_gradient(of_real)",
    ),
    ("historical_averaging", historical_averaging, "2.0 * weight", "-2.0 * weight"),
    ("minibatch_discrimination", minibatch_discrimination, "tf.exp(-apart)", "tf.exp(apart)"),
    ("virtual_batch_norm", virtual_batch, "of_live + tf.math", "of_live - tf.math"),
    ("r3gan_train_16", _relativistic, "tf.nn.softplus(-lead)", "tf.nn.softplus(lead)"),
    ("r3gan_train_16", r3gan, "self.adversarial_weight * gamma", "-self.adversarial_weight * gamma"),
    ("ada_augment_24", ada, "2.0 * _wavelets.MARGIN", "-2.0 * _wavelets.MARGIN"),
    ("ada_augment_24", ada, "- 0.5 + (columns - 1)", "+ 0.5 + (columns - 1)"),
    ("ada_augment_24", _wavelets, "low * (-1.0)", "low * (1.0)"),
    ("tlgan", latent_axes, "axis - span", "axis + span"),
]


QUICK_SIGNS = ("bigan", "style_formulas", "tlgan")


@pytest.mark.parametrize(("name", "module", "right", "wrong"), slow_unless(lambda sign: sign[0] in QUICK_SIGNS, SIGNS))
def test_a_wrong_sign_in_its_file_fails_its_case(name, module, right, wrong, monkeypatch):
    source = pathlib.Path(module.__file__).read_text(encoding="utf-8")
    assert source.count(right) == 1
    broken = dict(vars(module))
    exec(compile(source.replace(right, wrong), module.__file__, "exec"), broken)
    for name_there, each in broken.items():
        if getattr(each, "__module__", "") == module.__name__:
            monkeypatch.setattr(module, name_there, each)
    assert not compared(Case.read(GOLDEN / f"{name}.json")).is_ok


def _copied(folder, name, **changes):
    said = json.loads((GOLDEN / f"{name}.json").read_text(encoding="utf-8")) | changes
    (folder / f"{name}.json").write_text(json.dumps(said), encoding="utf-8")
    shutil.copy(GOLDEN / f"{name}.npz", folder / f"{name}.npz")


def test_the_command_prints_a_line_per_case_and_fails_with_the_first_that_does(tmp_path, command):
    _copied(tmp_path, "bigan")
    _copied(tmp_path, "ali", system="a system of the future")
    (tmp_path / "notes.json").write_text("{}")
    code, lines = command(tmp_path)
    assert code == 0 and len(lines) == 2 and lines[0].startswith("bigan: ") and lines[0].endswith(" ok")
    assert lines[1] == "1 compared, 0 failed, 1 not built yet: ali (there is no a system of the future)"
    values = json.loads((GOLDEN / "bigan.json").read_text())["values"]
    (tmp_path / "bigan.npz").unlink()
    _copied(tmp_path, "bigan", values=values | {"step2/eg/loss": 0.7})
    code, lines = command(tmp_path)
    assert code == 1 and lines[0].endswith("at step2/eg/loss FAIL"), lines
    (tmp_path / "bigan.npz").write_bytes(b"no numbers")
    code, lines = command(tmp_path)
    assert code == 1 and lines[0].endswith(" FAIL") and lines[0].startswith("bigan: ")


def test_a_folder_without_a_case_fails(tmp_path, command):
    code, lines = command(tmp_path)
    assert code == 1 and lines == [f"{tmp_path} holds no case: no NAME.json with a NAME.npz beside it"]


def test_a_comparison_knows_the_largest_share_of_what_is_allowed():
    comparison = Comparison()
    assert not comparison.is_ok
    comparison.close("one", [1.0, 2.0], [1.0, 2.1], atol=0.2)
    comparison.close("two", 1.0, 1.001, rtol=0.1)
    assert comparison.is_ok and comparison.count == 3 and comparison.text == "largest error 1.0e-01 of 2.0e-01 at one"
    comparison.close("three", np.nan, 1.0, atol=1e9)
    assert not comparison.is_ok and comparison.text.endswith("at three")
    for worse in (lambda other: other.close("shape", [1.0], [[1.0]], atol=1.0),
                  lambda other: other.equal_names("names", {"a"}, {"a", "b"})):  # fmt: skip
        other = Comparison(count=1, share=0.0)
        worse(other)
        assert not other.is_ok


@pytest.fixture
def family(monkeypatch):
    """family(compare) -> a case that this function compares."""

    def made(compare):
        monkeypatch.setitem(oracle_cases.FAMILIES, "of this test", "of_this_test")
        module = types.SimpleNamespace(compare=compare)
        monkeypatch.setitem(sys.modules, f"{oracle_cases.__name__}.of_this_test", module)
        return Case("one", {"kind": "of this test"}, {"x": np.full([2, 3], 1.1, np.float32)})

    return made


def _layer_and_sum(case, comparison, expected):
    """The sum of a layer's outputs and of 20,000 numbers, which float32 cannot add up."""
    x = tf.constant(case.arrays["x"])
    layer = keras.layers.Dense(4, kernel_initializer="ones")
    total = tf.reduce_sum(layer(x) * tf.ones([2, 4])) + tf.cumsum(tf.fill([20_000], 0.1))[-1]
    comparison.close("sum", tf.where(total > 0.0, total, 0.0), expected, rtol=1e-12)


def test_float64_decides_where_float32_rounds_too_much(family):
    right = 2 * 4 * 3 * float(np.float32(1.1)) + 2_000.0
    comparison = compared(family(lambda *given: _layer_and_sum(*given, right)))
    assert comparison.is_ok and comparison.text.startswith("in float32 largest error"), comparison.text
    assert "; in float64 largest error" in comparison.text
    wrong = compared(family(lambda *given: _layer_and_sum(*given, right * (1.0 + 1e-9))))
    assert not wrong.is_ok and wrong.text.endswith("at sum")
    assert tf.zeros([]).dtype == tf.constant(1.0).dtype == keras.layers.Dense(1)(tf.ones([1, 1])).dtype == tf.float32
    assert tf.float32.name == keras.config.floatx() == keras.config.dtype_policy().name == "float32"


def test_a_case_that_cannot_be_computed_in_float64_fails_as_in_float32(family):
    def compare(case, comparison):
        comparison.close("float32 alone", tf.constant(0.1) * tf.cast(0.1, "float32"), 0.02)

    comparison = compared(family(compare))
    assert not comparison.is_ok and comparison.text.endswith("at float32 alone")


@pytest.mark.slow
@pytest.mark.parametrize("folder", FOLDERS)
def test_all_cases_that_are_there(folder, repository, command):
    place = repository.parent / "shared/oracle" / folder
    if not place.is_dir():
        pytest.skip("the originals' numbers are not beside the checkout")
    code, lines = command(place)
    assert code == 0 and any(line.endswith(" ok") for line in lines), lines

"""The work-arounds for TF-GAN and TF Hub work, and nobody else sees them."""

import subprocess
import sys
import textwrap

import numpy as np
import pytest

from compare_gan_tf2.compat import tensorflow_gan

REAL = np.array([[1.5], [-0.25], [0.0], [3.0]], np.float32)
FAKE = np.array([[-2.0], [0.5], [-0.75], [1.25]], np.float32)


def softplus(x):
    return np.log1p(np.exp(x))


def hinge(x):
    return np.maximum(x, 0.0)


@pytest.mark.parametrize(
    ("name", "arguments", "expected"),
    [
        ("modified_generator_loss", (FAKE,), softplus(-FAKE).mean()),
        ("modified_discriminator_loss", (REAL, FAKE, 0.0), softplus(-REAL).mean() + softplus(FAKE).mean()),
        ("wasserstein_hinge_generator_loss", (FAKE,), -FAKE.mean()),
        ("wasserstein_hinge_discriminator_loss", (REAL, FAKE), hinge(1 - REAL).mean() + hinge(1 + FAKE).mean()),
    ],
)
def test_losses_of_tf_gan_work(name, arguments, expected):
    loss = getattr(tensorflow_gan.load().losses.wargs, name)
    np.testing.assert_allclose(loss(*arguments), expected, rtol=1e-6)


def run(code):
    """Runs `code` in a process of its own: what an import leaves behind is seen only where nothing was imported."""
    result = subprocess.run([sys.executable, "-c", textwrap.dedent(code)], capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr


@pytest.mark.slow
def test_tf_gan_leaves_no_stand_in_behind():
    run("""
        import contextlib
        import sys
        import tensorflow as tf
        had_estimators = hasattr(tf, "estimator")
        with contextlib.suppress(AttributeError):
            import tensorflow_gan as somebody_elses_failed_import  # It leaves half of TF-GAN in sys.modules.
        from compare_gan_tf2.compat import tensorflow_gan
        tfgan = tensorflow_gan.load()
        assert callable(tfgan.eval.frechet_classifier_distance_from_activations)
        assert hasattr(tf, "estimator") == had_estimators
        assert hasattr(tfgan, "estimator") == had_estimators
        assert hasattr(sys.modules["tensorflow_gan.python"], "estimator") == had_estimators
        assert ("tensorflow_gan.python.estimator" in sys.modules) == had_estimators
        assert tensorflow_gan.load() is tfgan
        import tensorflow_gan as plain
        assert plain is tfgan
    """)


@pytest.mark.slow
def test_both_load_where_pkg_resources_is_not_installed():
    run("""
        import sys
        class Blocker:
            def find_spec(self, name, path=None, target=None):
                if name == "pkg_resources":
                    raise ModuleNotFoundError(f"No module named {name!r}", name=name)
        sys.meta_path.insert(0, Blocker())
        from compare_gan_tf2.compat import tensorflow_gan, tensorflow_hub
        assert callable(tensorflow_hub.load().load)
        assert callable(tensorflow_gan.load().losses.wargs.modified_generator_loss)
        assert "pkg_resources" not in sys.modules
    """)


@pytest.mark.slow
def test_hub_loads_without_a_warning_of_its_own_import():
    run("""
        import warnings
        warnings.filterwarnings("error", message="pkg_resources is deprecated")
        from compare_gan_tf2.compat import tensorflow_hub
        assert callable(tensorflow_hub.load().load)
    """)


@pytest.mark.slow
def test_a_process_that_never_heard_of_us_can_import_hub():
    run("""
        import sys
        import tensorflow_hub
        assert callable(tensorflow_hub.load)
        assert "compare_gan_tf2" not in sys.modules
    """)

"""Packaging metadata of compare_gan_tf2. Tool settings are in pyproject.toml, files of the sdist in MANIFEST.in."""

import os
import re
from pathlib import Path

from setuptools import find_packages, setup

HERE = Path(__file__).resolve().parent

# `datasets` alone is the import name of Hugging Face's package, so the two folders at the top of the checkout are
# importable only under our own name. They have no __init__.py: with one, `import datasets` run from the checkout's root
# would find this folder in place of the other package.
MOUNTED = {"compare_gan_tf2.datasets": "datasets", "compare_gan_tf2.hub_export": "hub_export"}


def version():
    """Returns the version that the package states, without importing it (which would need its requirements)."""
    text = (HERE / "compare_gan_tf2" / "__init__.py").read_text(encoding="utf-8")
    return re.search(r'^__version__ = "([^"]+)"$', text, re.MULTILINE)[1]


def long_description():
    """Returns the README for a package index, where links and pictures of the checkout lead nowhere.

    With $COMPARE_GAN_TF2_HOME, the address of the checkout's files on the web, they lead there; else links are left as
    text, and pictures out. Where only a part of the checkout was copied there is nothing to return.
    """
    readme, home = HERE / "README.md", os.environ.get("COMPARE_GAN_TF2_HOME", "").rstrip("/")
    text = readme.read_text(encoding="utf-8") if readme.exists() else ""
    link = r"(!?)\[([^]]*)\]\((?!https?://)([^)]+)\)"
    if home:
        return re.sub(link, rf"\1[\2]({home}/\3)", text)
    return re.sub(link, lambda found: "" if found[1] else found[2], text)


setup(
    name="compare_gan_tf2",
    version=version(),
    description="Compare GANs fairly: a TensorFlow 2 / Keras 3 rebuild of google/compare_gan.",
    long_description=long_description(),
    long_description_content_type="text/markdown",
    author="The authors of compare_gan_tf2",
    license="Apache-2.0",
    project_urls={
        "compare_gan, the original": "https://github.com/google/compare_gan",
        "Are GANs Created Equal?": "https://arxiv.org/abs/1711.10337",
        "The GAN Landscape": "https://arxiv.org/abs/1807.04720",
    },
    keywords="GAN, generative adversarial networks, evaluation, FID, benchmark, TensorFlow, Keras",
    license_files=["LICENSE", "NOTICE"],
    # tarfile's filters, without which no archive of a stranger may be unpacked.
    python_requires=">=3.11.4",
    packages=[*find_packages(include=["compare_gan_tf2", "compare_gan_tf2.*"]), *MOUNTED],
    package_dir=MOUNTED,
    package_data={
        "compare_gan_tf2": ["py.typed"],
        "compare_gan_tf2.extractors": ["weights/*.npz"],
        "compare_gan_tf2.reports.page": ["page.html", "*.css", "*.js"],
    },
    # Lower bounds of what reads other people's files or talks to servers are the first versions without a published
    # fault that we know of; CONTRIBUTING.md says which faults. requirements.lock has what is tested.
    install_requires=[
        "absl-py>=1.0",
        "importlib_resources>=5.0",  # tensorflow-datasets imports it without declaring it.
        "keras>=3.15.1",
        "lmdb>=2.1.1",
        "numpy>=1.26",
        "packaging>=21.0",
        "pillow>=12.3",
        "requests>=2.33",
        # tensorflow-hub 0.16.1 imports pkg_resources, which setuptools 82 removed (tensorflow/hub#934). compat/ works
        # around that for this package, but the modules it exports are loaded by a plain `import tensorflow_hub` in the
        # same environment, where no work-around of ours runs. Drop the bound with the first hub release that imports
        # without pkg_resources.
        "setuptools>=78.1.1,<82",
        "tensorflow>=2.21",
        "tensorflow-datasets>=4.9.10",
        "tensorflow-gan>=2.1.0",
        "tensorflow-hub>=0.16.1",
        "tqdm>=4.66.3",
    ],
    extras_require={
        # Configurations of compare_gan v3 (compare_gan_import_gin).
        "gin": ["gin-config>=0.5"],
        # Peers of benchmarks/metrics.py; PyTorch, which torch-fidelity and clean-fid need, is the user's to choose.
        "bench": ["prdc>=0.2", "scikit-learn>=1.3", "scipy>=1.11"],
        # The site of the pages (bin/build_docs.sh).
        "docs": ["furo>=2025.9", "myst-parser>=4.0", "sphinx>=8.1"],
        # Draws OpenMoji, when the data set emoji is made of packages' archives.
        "emoji": ["resvg-py>=0.5"],
        # TensorFlow's own wheels of the CUDA libraries it was built with.
        "gpu": ["tensorflow[and-cuda]>=2.21"],
        # Tables and figures of a study's report.
        "report": ["matplotlib>=3.9", "pandas>=2.2", "pyarrow>=17.0"],
        # The search gaussian_process of a study.
        "search": ["tensorflow-probability>=0.25", "tf_keras>=2.21"],
        # Trackers of experiments (--watch_with); TensorBoard's files need nothing.
        "mlflow": ["mlflow-skinny>=3.1"],
        "wandb": ["wandb>=0.20"],
        # The engine of studies for clusters (--engine ray).
        "ray": ["ray>=2.52"],
        "test": [
            "pytest>=8.0",
            "pytest-xdist>=3.8",  # --no-loadscope-reorder
            # A release of a linter may add rules or change the formatting: it must not turn an unchanged checkout red.
            "mypy>=2.4,<3",
            "ruff>=0.17.6,<0.18",
            "wheel>=0.46.2",  # The packaging test builds the wheel without the network.
            "gin-config>=0.5",  # That of [gin].
            "flask>=3.1.1",  # The service of hub_export/examples.
            # Those of [report], and what its statistics are compared with.
            "matplotlib>=3.9",
            "pandas>=2.2",
            "pyarrow>=17.0",
            "scipy>=1.13",
        ],
    },
    entry_points={
        "console_scripts": [
            "compare_gan_evaluate = compare_gan_tf2.commands.evaluate:main",
            "compare_gan_export = compare_gan_tf2.commands.export:main",
            "compare_gan_generate_tasks = compare_gan_tf2.commands.generate_tasks:main",
            "compare_gan_import_gin = compare_gan_tf2.commands.import_gin:main",
            "compare_gan_import_weights = compare_gan_tf2.commands.import_weights:main",
            "compare_gan_list = compare_gan_tf2.commands.list_components:main",
            "compare_gan_prepare_datasets = compare_gan_tf2.commands.prepare_datasets:main",
            "compare_gan_run_one_task = compare_gan_tf2.commands.run_one_task:main",
            "compare_gan_sample = compare_gan_tf2.commands.sample:main",
            "compare_gan_study = compare_gan_tf2.commands.study:main",
            "compare_gan_train_extractor = compare_gan_tf2.commands.train_extractor:main",
            "compare_gan_translate = compare_gan_tf2.commands.translate:main",
        ],
    },
    scripts=["bin/prepare_datasets.sh"],
    classifiers=[
        "Development Status :: 4 - Beta",
        "Environment :: Console",
        "Intended Audience :: Science/Research",
        "Operating System :: POSIX",
        "Programming Language :: Python :: 3",
        "Programming Language :: Python :: 3.11",
        "Programming Language :: Python :: 3.12",
        "Programming Language :: Python :: 3.13",
        "Topic :: Scientific/Engineering :: Artificial Intelligence",
    ],
)

"""STL-10: photographs without labels, 96x96 shrunk to 48x48 color (Coates et al. 2011).

The size of «Spectral Normalization for Generative Adversarial Networks» (Miyato et al. 2018). The labeled splits show
other things than the unlabeled one, so a tenth of that is held out to compare with.
"""

from compare_gan_tf2.datasets._tfds import TfdsDataset

DATASET = TfdsDataset(
    name="stl10",
    # Spelled as in the protocol of rows that are there.
    title="STL-10, unlabelled",
    image_shape=(48, 48, 3),
    class_names=(),
    evaluation_samples=10000,
    evaluation_images=10000,
    licence="no explicit licence, free for research; https://cs.stanford.edu/~acoates/stl10",
    classifier="stl10",
    train_split="unlabelled[:90%]",
    evaluation_split="unlabelled[90%:]",
    builder="stl10",
    crop="middle",
    resize="antialias",
    download_bytes=2_640_397_119,
    prepared_bytes=1_970_000_000,
)

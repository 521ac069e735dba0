"""LSUN bedrooms: the middle 128x128 of the photographs, not resized (Yu et al. 2015).

Their short side has 256 pixels, so only the middle of a room is seen; smaller images get a black frame. LSUN's own
validation set has 300 images, so the last hundredth of the training set is held out, as in compare_gan, whose
hundredth had other images. v2 scored with 10,000 images, v3 with 30,000.
"""

from compare_gan_tf2.datasets._tfds import TfdsDataset

DATASET = TfdsDataset(
    name="lsun_bedroom",
    title="LSUN bedroom",
    image_shape=(128, 128, 3),
    class_names=(),
    evaluation_samples=30000,
    evaluation_images=30330,
    licence="no explicit licence, free for research; https://www.yf.io/p/lsun",
    classifier="lsun_bedroom",
    train_split="train[:99%]",
    evaluation_split="train[99%:]",
    builder="lsun/bedroom",
    crop=128,
    reader="tensorflow_io",
)

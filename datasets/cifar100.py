"""CIFAR-100: photographs, 32x32 color, a hundred classes (Krizhevsky 2009)."""

from compare_gan_tf2.datasets._tfds import TfdsDataset

_CLASSES = """
    apple aquarium_fish baby bear beaver bed bee beetle bicycle bottle bowl boy bridge bus butterfly camel
    can castle caterpillar cattle chair chimpanzee clock cloud cockroach couch crab crocodile cup dinosaur
    dolphin elephant flatfish forest fox girl hamster house kangaroo keyboard lamp lawn_mower leopard lion
    lizard lobster man maple_tree motorcycle mountain mouse mushroom oak_tree orange orchid otter palm_tree
    pear pickup_truck pine_tree plain plate poppy porcupine possum rabbit raccoon ray road rocket rose sea
    seal shark shrew skunk skyscraper snail snake spider squirrel streetcar sunflower sweet_pepper table
    tank telephone television tiger tractor train trout tulip turtle wardrobe whale willow_tree wolf woman
    worm
"""

DATASET = TfdsDataset(
    name="cifar100",
    title="CIFAR-100",
    image_shape=(32, 32, 3),
    class_names=tuple(_CLASSES.split()),
    evaluation_samples=10000,
    evaluation_images=10000,
    licence="no explicit licence, free for research; https://www.cs.toronto.edu/~kriz/cifar.html",
    classifier="cifar100",
    builder="cifar100",
    download_bytes=168_513_733,
    prepared_bytes=140_000_000,
)

"""Loads a model that compare_gan_export wrote, draws with it, and begins to fine-tune it.

    pip install tensorflow tensorflow-hub 'setuptools<82'
    python load_and_sample.py [MODULE] [OUTPUT]

MODULE is a folder, a .tar.gz file or a web address; the small model triangles.tar.gz beside this file by default.
The pictures go into the folder OUTPUT, load_and_sample_output by default. Nothing of compare_gan_tf2 is needed.
"""

import json
import pathlib
import sys
import tarfile
import tempfile

import tensorflow as tf
import tensorflow_hub as hub

SMALL_MODEL = pathlib.Path(__file__).resolve().with_name("triangles.tar.gz")


def load(place):
    """A module. hub.load takes folders and web addresses; an archive on the disk is unpacked for it first."""
    if not str(place).endswith((".tar.gz", ".tgz")) or str(place).startswith(("http://", "https://")):
        return hub.load(str(place))
    with tempfile.TemporaryDirectory() as folder:
        with tarfile.open(place) as archive:
            archive.extractall(folder, filter="data")  # refuses names that lead out of the folder
        return hub.load(folder)


def describe(module):
    """Prints what a module says of itself."""
    options = json.loads(module.options.numpy())
    classes = [name.decode() for name in module.class_names.numpy()]
    print(f"model: {options['architecture']} trained on {options['dataset']}")
    print(f"latents: {module.z_dim.numpy()} numbers, {module.z_distribution.numpy().decode()}")
    print(f"images: {module.image_shape.numpy().tolist()}, float32 in [0, 1]")
    print(f"classes: {', '.join(classes) or 'none'}")
    for name, score in json.loads(module.scores.numpy()).items():
        print(f"score {name}: {score:.4g}")
    print(f"protocol: {module.protocol.numpy().decode() or 'not scored'}")


def latents(module, count):
    """Random latents [count, z_dim] from the distribution that the generator was trained with."""
    draws = {
        b"uniform": lambda shape: tf.random.uniform(shape, -1.0, 1.0),
        b"normal": tf.random.normal,
        b"truncated": tf.random.truncated_normal,
    }
    distribution = module.z_distribution.numpy()
    if distribution not in draws:
        sys.exit(f"latents of this module have parts, which module.generate draws: {distribution.decode()}")
    return draws[distribution]([count, int(module.z_dim)])


def labels_of(module, count):
    """All classes in turn, as the arguments that stand behind the latents or the images; none without classes."""
    classes = int(module.num_classes)
    return (tf.range(count) % classes,) if classes else ()


def png(images, columns=8):
    """Images [rows * columns, H, W, C] side by side, as the bytes of a PNG file."""
    _, height, width, colors = images.shape
    sheet = tf.transpose(tf.reshape(images, [-1, columns, height, width, colors]), [0, 2, 1, 3, 4])
    sheet = tf.reshape(sheet, [-1, columns * width, colors])
    return tf.io.encode_png(tf.image.convert_image_dtype(sheet, tf.uint8, saturate=True)).numpy()


def interpolate(module, rows=8, steps=8):
    """Images [rows * steps, H, W, C] on straight ways between pairs of latents."""
    a = tf.reshape(tf.linspace(0.0, 1.0, steps), [1, steps, 1])
    start, end = latents(module, rows)[:, tf.newaxis], latents(module, rows)[:, tf.newaxis]
    z = (1 - a) * start + a * end
    if module.z_distribution.numpy() != b"uniform":
        z /= tf.sqrt((1 - a) ** 2 + a**2)  # so that their variance is that of normal latents
    labels = [tf.repeat(each, steps) for each in labels_of(module, rows)]  # one class along a row
    return module(tf.reshape(z, [rows * steps, -1]), *labels)


def judge(module, images, labels):
    """What the discriminator (of an autoencoder: its other half) says of images, by name."""
    given = {"images": images} | ({"labels": labels[0]} if labels else {})
    return module.signatures["discriminator"](**given)


def fine_tune(module, steps=2, rate=0.5):
    """Moves the generator by gradient descent on a stand-in for your own loss: brighter images."""
    z, labels = latents(module, 32), labels_of(module, 32)  # the same in every step, so that the losses compare
    for step in range(steps + 1):
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(1.0 - module(z, *labels, training=True))
        print(f"fine-tuning, loss after {step} steps: {float(loss):.4f}")
        if step < steps:
            gradients = tape.gradient(loss, module.trainable_variables)
            for variable, gradient in zip(module.trainable_variables, gradients, strict=True):
                variable.assign_sub(rate * gradient)


def main(place=SMALL_MODEL, output="load_and_sample_output"):
    """Does all of it, one after the other."""
    tf.random.set_seed(0)
    try:
        module = load(place)
    except Exception as error:  # of many types, by what is missing or damaged
        sys.exit(f"{place} cannot be loaded: {(str(error).strip() or type(error).__name__).splitlines()[0]}")
    describe(module)
    if module.image_shape.numpy()[-1] == 2:
        sys.exit("this model draws points of the plane, no images; compare_gan_sample plots them")
    folder = pathlib.Path(output)
    folder.mkdir(parents=True, exist_ok=True)

    labels = labels_of(module, 64)
    images = module.generate(64, 0, *labels)  # the seed 0 draws the same images everywhere
    for name, pictures in {"grid": images, "interpolation": interpolate(module)}.items():
        (folder / f"{name}.png").write_bytes(png(pictures))
        print(f"written: {folder / name}.png")

    for name, value in judge(module, images, labels).items():
        print(f"discriminator, {name}: {value.shape}, mean {float(tf.reduce_mean(value)):.4f}")
    fine_tune(module)


if __name__ == "__main__":
    main(*sys.argv[1:3])

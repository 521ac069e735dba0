"""Small archives in the formats in which data sets are published, and what is in them."""

import gzip
import io
import json
import tarfile
import zipfile

import numpy as np
import tensorflow as tf


def noise(count, height, width, channels=3, seed=0):
    """Random images uint8 [count, height, width, channels]."""
    return np.random.default_rng(seed).integers(0, 256, (count, height, width, channels), np.uint8)


def photograph(height, width, seed=0):
    """A smooth image; (JPEG, its pixels)."""
    coarse = noise(1, 4, 4, 3, seed)[0].astype(np.float32)
    encoded = tf.io.encode_jpeg(tf.cast(tf.image.resize(coarse, (height, width)), tf.uint8), quality=95).numpy()
    return encoded, tf.io.decode_jpeg(encoded, channels=3).numpy()


def png(image):
    """A PNG file's bytes."""
    return tf.io.encode_png(image).numpy()


def write_tar(path, files, mode="w"):
    """A .tar of {name: content}; mode "w:gz" packs it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with tarfile.open(path, mode) as archive:
        _fill(archive, files)


def tar_bytes(files):
    """The same as bytes, to go into another archive."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        _fill(archive, files)
    return buffer.getvalue()


def _fill(archive, files):
    for name, content in files.items():
        member = tarfile.TarInfo(name)
        member.size = len(content)
        archive.addfile(member, io.BytesIO(content))


def write_zip(path, files):
    """A .zip of {name: content}."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)


def cifar(folder, hundred=False, each=4):
    """-> {split: (images, labels)}, `each` images per file of the archive."""
    name, files = ("cifar-100-binary", ["train.bin", "test.bin"])
    if not hundred:
        name, files = "cifar-10-batches-bin", [*(f"data_batch_{i}.bin" for i in range(1, 6)), "test_batch.bin"]
    expected = {"train": ([], []), "test": ([], [])}
    content = {}
    for number, file in enumerate(files):
        images = noise(each, 32, 32, seed=number)
        labels = (np.arange(each, dtype=np.uint8) + number) % (100 if hundred else 10)
        coarse = [np.full(each, 19, np.uint8)] if hundred else []
        planes = images.transpose(0, 3, 1, 2).reshape(each, -1)
        content[f"{name}/{file}"] = np.column_stack([*coarse, labels, planes]).tobytes()
        split = expected["test" if "test" in file else "train"]
        split[0].extend(images)
        split[1].extend(labels)
    if hundred:
        content[f"{name}/coarse_label_names.txt"] = "\n".join(f"coarse {i}" for i in range(20)).encode()
        content[f"{name}/fine_label_names.txt"] = "\n".join(f"fine {i}" for i in range(100)).encode()
    else:
        content[f"{name}/batches.meta.txt"] = "\n".join(f"class {i}" for i in range(10)).encode()
    write_tar(folder / f"cifar-{'100' if hundred else '10'}-binary.tar.gz", content, "w:gz")
    return expected


def mnist(folder, train=6, test=4, seed=0):
    """MNIST and Fashion-MNIST; -> {split: (images, labels)}. TFDS reads as many as it thinks there are."""
    folder.mkdir(parents=True, exist_ok=True)
    expected = {}
    for prefix, split, count in (("train", "train", train), ("t10k", "test", test)):
        images, labels = noise(count, 28, 28, 1, seed), np.arange(count, dtype=np.uint8) % 10
        head = np.array([2051, count, 28, 28], ">i4").tobytes()
        (folder / f"{prefix}-images-idx3-ubyte.gz").write_bytes(gzip.compress(head + images.tobytes()))
        head = np.array([2049, count], ">i4").tobytes()
        (folder / f"{prefix}-labels-idx1-ubyte.gz").write_bytes(gzip.compress(head + labels.tobytes()))
        expected[split] = (images, labels)
    return expected


def stl10(folder, each=10):
    """-> {split: (images, labels)}; files hold planes of columns, and labels from one on."""
    content = {"stl10_binary/class_names.txt": "\n".join(f"class {i}" for i in range(10)).encode()}
    expected = {}
    for seed, (file, split) in enumerate((("train", "train"), ("test", "test"), ("unlabeled", "unlabelled"))):
        images, labels = noise(each, 96, 96, seed=seed), np.arange(1, each + 1, dtype=np.uint8)
        content[f"stl10_binary/{file}_X.bin"] = images.transpose(0, 3, 2, 1).tobytes()
        if file != "unlabeled":
            content[f"stl10_binary/{file}_y.bin"] = labels.tobytes()
        expected[split] = (images, labels - 1 if file != "unlabeled" else np.full(each, -1))
    write_tar(folder / "stl10_binary.tar.gz", content, "w:gz")
    return expected


def imagenet_resized(folder, side, each=3):
    """-> {split: (images, labels)}; files hold planes, and labels from one on."""
    expected = {"train": ([], []), "validation": ([], [])}
    parts = ("train_part1", "train_part2", "val") if side == 64 else ("train", "val")
    for seed, part in enumerate(parts):
        images, labels = noise(each, side, side, seed=seed), np.arange(each) + 10 * seed
        buffer = io.BytesIO()
        np.savez(buffer, data=images.transpose(0, 3, 1, 2).reshape(each, -1), labels=labels + 1)
        write_zip(folder / f"Imagenet{side}_{part}_npz.zip", {f"{part}.npz": buffer.getvalue()})
        split = expected["validation" if part == "val" else "train"]
        split[0].extend(images)
        split[1].extend(labels)
    return expected


def celeb_a_hq(folder, side, count=10):
    """-> {"train": (images, None)}."""
    images = noise(count, side, side)
    write_tar(
        folder / f"data{side}x{side}.tar",
        {f"data{side}x{side}/{number:05d}.png": png(image) for number, image in enumerate(images)},
    )
    return {"train": (images, None)}


def celeb_a(folder, splits=(0, 0, 1, 2, 2)):
    """-> {split: (images, None)}, one image per number of `splits`."""
    photographs = [photograph(218, 178, seed) for seed in range(len(splits))]
    names = [f"{number + 1:06d}.jpg" for number in range(len(splits))]
    write_zip(
        folder / "img_align_celeba.zip",
        {f"img_align_celeba/{name}": encoded for name, (encoded, _) in zip(names, photographs, strict=True)},
    )

    def write(file, heading, row):
        lines = [*heading, *(f"{name} {row}" for name in names), ""]
        (folder / file).write_text("\n".join(lines))

    attributes = (
        "5_o_Clock_Shadow Arched_Eyebrows Attractive Bags_Under_Eyes Bald Bangs Big_Lips Big_Nose Black_Hair "
        "Blond_Hair Blurry Brown_Hair Bushy_Eyebrows Chubby Double_Chin Eyeglasses Goatee Gray_Hair Heavy_Makeup "
        "High_Cheekbones Male Mouth_Slightly_Open Mustache Narrow_Eyes No_Beard Oval_Face Pale_Skin Pointy_Nose "
        "Receding_Hairline Rosy_Cheeks Sideburns Smiling Straight_Hair Wavy_Hair Wearing_Earrings Wearing_Hat "
        "Wearing_Lipstick Wearing_Necklace Wearing_Necktie Young"
    )
    landmarks = (
        "lefteye_x lefteye_y righteye_x righteye_y nose_x nose_y leftmouth_x leftmouth_y rightmouth_x rightmouth_y"
    )
    count = str(len(names))
    write("list_attr_celeba.txt", [count, attributes], " ".join(["-1", "1"] * 20))
    write("list_landmarks_align_celeba.txt", [count, landmarks], " ".join(map(str, range(10))))
    write("identity_CelebA.txt", [], "1")
    (folder / "list_eval_partition.txt").write_text(
        "".join(f"{name} {split}\n" for name, split in zip(names, splits, strict=True))
    )
    images = [pixels for _, pixels in photographs]
    return {
        split: ([image for image, mine in zip(images, splits, strict=True) if mine == number], None)
        for number, split in enumerate(("train", "validation", "test"))
    }


def imagenet2012(folder, synsets=("n01440764", "n01443537"), each=3, validation=4):
    """-> {split: (images, labels)}; the labels of the training images follow the synsets' order of TFDS."""
    training, images, labels = {}, [], []
    for label, synset in enumerate(synsets):
        pictures = [photograph(40 + 10 * number, 60, 10 * label + number) for number in range(each)]
        training[f"{synset}.tar"] = tar_bytes(
            {f"{synset}_{number}.JPEG": encoded for number, (encoded, _) in enumerate(pictures)}
        )
        images += [pixels for _, pixels in pictures]
        labels += [label] * each
    write_tar(folder / "ILSVRC2012_img_train.tar", training)
    pictures = [photograph(50, 70, 100 + number) for number in range(validation)]
    write_tar(
        folder / "ILSVRC2012_img_val.tar",
        {f"ILSVRC2012_val_{number + 1:08d}.JPEG": encoded for number, (encoded, _) in enumerate(pictures)},
    )
    # The labels of the first validation images are the published ones.
    return {"train": (images, labels), "validation": ([pixels for _, pixels in pictures], None)}


def clevr(folder, each=2):
    """-> {split: (images, None)}."""
    content, expected = {}, {}
    for seed, (short, split) in enumerate((("train", "train"), ("val", "validation"), ("test", "test"))):
        images = noise(each, 320, 480, seed=seed)
        names = [f"CLEVR_{short}_{number:06d}.png" for number in range(each)]
        for name, image in zip(names, images, strict=True):
            content[f"CLEVR_v1.0/images/{short}/{name}"] = png(image)
        questions = [{"image_filename": name, "question": "What?", "answer": "cube"} for name in names]
        content[f"CLEVR_v1.0/questions/CLEVR_{short}_questions.json"] = json.dumps({"questions": questions})
        expected[split] = (images, None)
    write_zip(folder / "CLEVR_v1.0.zip", content)
    return expected


def write_lmdb(folder, values):
    """An LMDB folder as LSUN's: forty-digit keys, encoded images."""
    import lmdb

    folder.mkdir(parents=True)
    with lmdb.open(str(folder), map_size=1 << 24) as environment, environment.begin(write=True) as transaction:
        for number, value in enumerate(values):
            transaction.put(f"{number:040x}".encode(), value)
    (folder / "lock.mdb").unlink()


def zip_folder(folder, path):
    """A folder's files as a .zip, below the folder's name."""
    files = {f"{folder.name}/{file.name}": file.read_bytes() for file in folder.iterdir()}
    write_zip(path, {f"{folder.name}/": b"", **files})

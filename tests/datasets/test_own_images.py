"""The identity of a user's own images, whole folders to be scored, and .npz files read in parts."""

import io
import json
import os
import shutil
import tracemalloc
import zipfile

import numpy as np
import pytest
from PIL import Image

from compare_gan_tf2.datasets import _folder_check, _folder_listing, catalog
from compare_gan_tf2.datasets.catalog import Places
from compare_gan_tf2.datasets.image_files import open_images
from compare_gan_tf2.errors import UserError
from compare_gan_tf2.options import Options
from compare_gan_tf2.task_folder import data_fingerprint

RNG = np.random.default_rng(5)


def _save(path, side=8, kind=None, mode="RGB", **how):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(RNG.integers(0, 256, (side, side, 3), np.uint8)).convert(mode).save(path, kind, **how)


@pytest.fixture
def places(tmp_path):
    return Places(tmp_path / "root", tmp_path / "cache")


@pytest.fixture
def folder(tmp_path):
    for number in range(6):
        _save(tmp_path / f"set/{number % 2}/{number}.png")
    return tmp_path / "set"


def _forget(monkeypatch):
    """As in another process."""
    monkeypatch.setattr(_folder_listing, "_KEPT", {})
    monkeypatch.setattr(_folder_check, "_FOUND", {})


def _identities(folder, places):
    return catalog.find(str(folder)).identity(places), open_images(folder, places).identity(places)


def test_a_copy_is_the_same_set(folder, places, tmp_path):
    before = _identities(folder, places)
    shutil.copytree(folder, tmp_path / "elsewhere/copy", copy_function=shutil.copyfile)
    assert _identities(tmp_path / "elsewhere/copy", places) == before


@pytest.mark.parametrize("change", ["content", "name", "more"])
def test_other_images_are_another_set(folder, places, monkeypatch, change):
    before = _identities(folder, places)
    path = folder / "1/1.png"
    if change == "content":  # of the same length, and as old: both are kept by some tools
        _save(path, side=8, compress_level=0)
        found, whole = path.stat(), bytearray(path.read_bytes())
        _forget(monkeypatch)
        before = _identities(folder, places)
        other = io.BytesIO()
        Image.fromarray(RNG.integers(0, 256, (8, 8, 3), np.uint8)).save(other, "PNG", compress_level=0)
        assert len(other.getvalue()) == len(whole)
        path.write_bytes(other.getvalue())
        os.utime(path, ns=(found.st_atime_ns, found.st_mtime_ns))
    elif change == "name":
        path.rename(folder / "1/renamed.png")
    else:
        _save(folder / "0/more.png")
    _forget(monkeypatch)
    after = _identities(folder, places)
    assert after[0] != before[0] and after[1] != before[1]


def test_what_is_left_out_is_no_part_of_the_identity_and_is_counted(folder, places, monkeypatch):
    before = _identities(folder, places)
    (folder / "0/broken.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    _forget(monkeypatch)
    assert _identities(folder, places) == before
    assert open_images(folder, places).files_said("all", places) == "png, 1 left out"


def test_a_second_start_reads_no_image(folder, places, monkeypatch):
    before = _identities(folder, places)
    _forget(monkeypatch)
    monkeypatch.setattr(_folder_check, "_judged", None)
    assert _identities(folder, places) == before


def test_a_damaged_memory_of_a_folder_is_not_believed(folder, places, monkeypatch):
    before = _identities(folder, places)
    for path in (places.cache_dir / "folders").iterdir():
        content = json.loads(path.read_text())
        path.write_text(json.dumps(content | {"left_out": {"0/0.png": "no reason"}}))
    _forget(monkeypatch)
    assert _identities(folder, places) == before and catalog.find(str(folder)).count("all", places) == 6


def _check(folder, task, places):
    options = Options.from_dict({"dataset": str(folder)})
    task.mkdir(exist_ok=True)
    data_fingerprint.check(task, catalog.of(options), options, places)
    return json.loads((task / data_fingerprint.DATA_FILE).read_text())


def _as_of_old(folder, task, places):
    """data.json as versions wrote it that knew a folder by the times of its files."""
    now = _check(folder, task, places)
    former = catalog.find(str(folder)).fingerprint(places.dataset_root)
    old = now | {"images": data_fingerprint._digest(former)}
    assert old != now
    (task / data_fingerprint.DATA_FILE).write_text(json.dumps(old))
    return now


def test_a_task_that_knows_its_folder_by_times_goes_on_and_knows_it_by_content(folder, places, tmp_path, monkeypatch):
    task = tmp_path / "task"
    now = _as_of_old(folder, task, places)
    assert _check(folder, task, places) == now
    os.utime(folder / "0/0.png", (1, 1))
    _forget(monkeypatch)
    assert _check(folder, task, places) == now


def test_the_former_digest_is_what_it_was(folder):
    import hashlib

    def line(path):
        found = (folder / path).stat()
        return f"{path}\0{found.st_size} {found.st_mtime_ns} {found.st_mode & 0o444:o}\n"

    files = hashlib.sha256("".join(line(f"{n % 2}/{n}.png") for n in (0, 2, 4, 1, 3, 5)).encode()).hexdigest()
    expected = hashlib.sha256(f"{files} (8, 8, 3) middle".encode()).hexdigest()
    assert catalog.find(str(folder)).fingerprint(folder) == expected


def test_a_task_of_old_does_not_go_on_with_images_that_it_did_not_see(folder, places, tmp_path):
    Image.new("P", (8, 8), 1).save(folder / "0/palette.bmp")  # was left out
    task = tmp_path / "task"
    _as_of_old(folder, task, places)
    with pytest.raises(UserError, match=r"has changed since the task in .* began \(different: images"):
        _check(folder, task, places)


def test_whole_folders_keep_their_size_or_become_squares(tmp_path, places):
    for name, side in (("a/1.png", 20), ("b.webp", 40), ("train/c.jpg", 70)):
        _save(tmp_path / "mixed" / name, side)
    for name in ("a.tif", "train/b.png", "test/c.png"):
        _save(tmp_path / "even" / name, 20)
    mixed, even = (open_images(tmp_path / name, places) for name in ("mixed", "even"))
    assert (mixed.image_shape, even.image_shape) == ((16, 16, 3), (20, 20, 3))
    assert mixed.evaluation_images == 3 and mixed.files_said("all", places) == "jpeg+png+webp"
    assert not mixed.num_classes and even.files_said("all", places) == "png+tiff"
    assert mixed.framed_as((32, 32, 3), places).image_shape == (32, 32, 3)
    assert mixed.framed_as((32, 30, 3), places) is mixed and even.framed_as((32, 32, 3), places) is even
    assert {mixed.own_kind, mixed.classifier} == {"folder of images", "mixed_folder"}


def test_the_order_of_a_whole_folder_compares_parts_of_paths(tmp_path):
    for name in ("a/b.png", "a-b/c.png", "a.png"):
        _save(tmp_path / name)
    assert _folder_listing.of(tmp_path, as_whole=True).splits["all"] == ("a/b.png", "a-b/c.png", "a.png")
    assert _folder_listing.of(tmp_path).splits["all"] == ("a-b/c.png", "a.png", "a/b.png")


def test_names_that_are_not_unicode_are_read_and_printed(folder, places, caplog):
    try:
        os.rename(os.fsencode(folder / "0/0.png"), os.fsencode(folder / "0") + b"/caf\xe9.png")
        (folder / os.fsdecode(b"\xfe.jpg")).write_bytes(b"no image")
    except OSError:
        pytest.skip("this file system takes Unicode only")
    dataset = open_images(folder, places)
    assert dataset.open("all", places).number == 6
    assert "1 of 7 files" in caplog.text and "\\udcfe.jpg (no image" in caplog.text


def _rewritten(path, name, change):
    """The same archive with a member's bytes changed, and its checksum as it was."""
    content = bytearray(path.read_bytes())
    with zipfile.ZipFile(path) as archive:
        at = archive.getinfo(name).header_offset + 300
    content[at] ^= change
    path.write_bytes(bytes(content))


def test_a_flipped_bit_in_an_npz_file_is_found(tmp_path, places):
    np.savez(tmp_path / "set.npz", images=RNG.integers(0, 256, (40, 6, 6, 3), np.uint8), labels=np.arange(40) % 4)
    dataset = open_images(tmp_path / "set.npz", places)
    before = dataset.identity(places)
    shutil.copyfile(tmp_path / "set.npz", tmp_path / "copy.npz")
    assert open_images(tmp_path / "copy.npz", places).identity(places) == before
    _rewritten(tmp_path / "set.npz", "images.npy", 4)
    for number in (1, 40):
        with pytest.raises(UserError, match=r"set.npz cannot be read: Bad CRC-32"):
            list(dataset.floats(number, 10))


def test_a_few_images_of_a_large_npz_file_take_little_memory(tmp_path, places):
    images = np.repeat(RNG.integers(0, 256, (50, 1, 64, 64), np.uint8), 100, 1).reshape(5000, 64, 64)
    np.savez_compressed(tmp_path / "set.npz", images)
    tracemalloc.start()
    dataset = open_images(tmp_path / "set.npz", places)
    ((found, labels),) = dataset.floats(10, 10)
    opened = dataset.open("all", places)
    whole = opened.first(3)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 48e6 < 3 * images.nbytes
    order = np.random.default_rng(0).permutation(5000)
    np.testing.assert_array_equal(np.rint(found[..., 0] * 255), images[order[:10]])
    np.testing.assert_array_equal(whole[..., 0], images[order[:3]])
    assert (labels == -1).all() and "images" not in vars(opened)


@pytest.mark.parametrize("order", ["C", "F"])
def test_rows_of_an_npz_file_may_be_stored_in_either_order(tmp_path, places, order):
    images = RNG.random((30, 5, 4, 3))
    np.savez(tmp_path / "set.npz", x=np.asarray(images, order=order))
    parts = [part for part, _ in open_images(tmp_path / "set.npz", places).floats(30, 7)]
    expected = images[np.random.default_rng(0).permutation(30)].astype(np.float32)
    np.testing.assert_array_equal(np.concatenate(parts), expected)


def test_an_npz_file_that_claims_more_than_it_holds_is_refused(tmp_path, places):
    head = io.BytesIO()
    np.lib.format.write_array_header_1_0(head, {"descr": "|u1", "fortran_order": False, "shape": (10**9, 99, 99, 3)})
    with zipfile.ZipFile(tmp_path / "set.npz", "w") as archive:
        archive.writestr("images.npy", head.getvalue() + bytes(1000))
    with pytest.raises(UserError, match="set.npz cannot be read: images.npy is of another length than it says"):
        open_images(tmp_path / "set.npz", places)


def test_a_list_of_arrays_that_ends_before_the_labels_is_refused(tmp_path, places):
    np.savez(tmp_path / "set.npz", images=np.zeros((4, 6, 6, 3), np.uint8), labels=np.arange(4))
    content = bytearray((tmp_path / "set.npz").read_bytes())
    first = content.index(b"PK\1\2")
    content[first + 33] = 1  # a comment of 256 bytes, which has the entry of the labels in it
    (tmp_path / "set.npz").write_bytes(bytes(content))
    with pytest.raises(UserError, match="set.npz cannot be read: it lists 1 arrays of 2"):
        open_images(tmp_path / "set.npz", places)

"""Modules packed and unpacked: the same bytes, damage, malice, and several processes at once."""

import gzip
import hashlib
import io
import os
import pathlib
import shutil
import tarfile
import threading

import numpy as np
import pytest

from compare_gan_tf2.errors import UserError
from compare_gan_tf2.hub_export import _archive, _sums, _target
from compare_gan_tf2.hub_export import load as loading
from compare_gan_tf2.hub_export.load import load

WEIGHTS = "variables/variables.data-00000-of-00001"


@pytest.fixture
def folder(tmp_path):
    """What looks like a module until TensorFlow reads it."""
    place = tmp_path / "module"
    (place / "variables").mkdir(parents=True)
    (place / "assets").mkdir()
    (place / "saved_model.pb").write_bytes(b"graph")
    (place / WEIGHTS).write_bytes(np.random.default_rng(0).bytes(300_000))
    (place / "README.md").write_text("# A model\n")
    (place / "samples.png").write_bytes(b"picture")
    (place / "module.json").write_text("{}")
    _sums.write(place)
    return place


@pytest.fixture
def archive(folder, tmp_path):
    """The module as an archive, with its checksum beside."""
    _archive.pack(folder, tmp_path / "module.tar.gz")
    return tmp_path / "module.tar.gz"


@pytest.fixture
def opened(monkeypatch):
    """Places that would have been handed to TF Hub, which here takes all."""
    places = []
    monkeypatch.setattr(loading, "_loaded", lambda place: places.append(pathlib.Path(place)))
    return places


def _flip(path, position=-1):
    content = bytearray(path.read_bytes())
    content[position] ^= 1
    path.write_bytes(bytes(content))


def _files(place):
    return sorted(path for path in place.rglob("*") if path.is_file())


def test_archives_have_the_same_bytes_whoever_packs_when_and_a_checksum_beside(folder, archive, tmp_path):
    copy = tmp_path / "copy"
    _archive.unpack(archive, copy)
    for number, path in enumerate(sorted(copy.rglob("*"))):
        path.chmod(0o700 if path.is_dir() else 0o600)
        os.utime(path, (10**9 + number, 10**9 + number))
    digest = _archive.pack(copy, tmp_path / "again.tar.gz")
    assert (tmp_path / "again.tar.gz").read_bytes() == archive.read_bytes()
    assert (tmp_path / "again.tar.gz.sha256").read_text() == f"{digest}  again.tar.gz\n"
    assert digest == hashlib.sha256(archive.read_bytes()).hexdigest()
    with tarfile.open(archive) as members:
        assert {"saved_model.pb", "README.md", "module.json", "SHA256SUMS", "assets"} <= set(members.getnames())
        for member in members:
            assert (member.uid, member.gid, member.mtime, member.uname, member.gname) == (0, 0, 0, "", "")
            assert member.mode == (0o755 if member.isdir() else 0o644)


def test_no_checksum_of_another_archive_is_ever_beside_one(folder, archive, monkeypatch):
    (folder / "saved_model.pb").write_bytes(b"another graph")
    replace, seen = os.replace, []

    def watched(source, target):
        seen.append((pathlib.Path(target).name, _archive.checksum_file(archive).exists()))
        replace(source, target)

    monkeypatch.setattr(os, "replace", watched)
    _archive.pack(folder, archive)
    assert seen == [("module.tar.gz", False), ("module.tar.gz.sha256", False)]
    assert _archive.compare(archive) == hashlib.sha256(archive.read_bytes()).hexdigest()


def test_a_checksum_in_capitals_is_the_same_one(archive):
    beside = _archive.checksum_file(archive)
    beside.write_text(beside.read_text().upper())
    assert _archive.compare(archive) == hashlib.sha256(archive.read_bytes()).hexdigest()


def test_only_what_computes_keeps_a_module_from_being_loaded(folder, opened):
    (folder / "README.md").write_text("my own words")
    (folder / "samples.png").unlink()
    (folder / "LICENSE").write_text("mine")
    load(folder)
    for name in ("saved_model.pb", "module.json", WEIGHTS):
        _flip(folder / name)
        with pytest.raises(UserError, match=f"damaged: {name} has another checksum than SHA256SUMS"):
            load(folder)
        _flip(folder / name)
    (folder / WEIGHTS).unlink()
    with pytest.raises(UserError, match=f"{WEIGHTS} is missing"):
        load(folder)
    assert opened == [folder]


def test_a_module_of_tensorflow_1_is_sent_to_the_command_for_it(folder):
    (folder / "tfhub_module.pb").write_bytes(b"\x08\x03")
    with pytest.raises(UserError, match="module of TensorFlow 1; compare_gan_import_weights"):
        load(folder)


def test_damaged_archives_are_named_and_leave_nothing(archive, tmp_path):
    content, cache = archive.read_bytes(), tmp_path / "cache"
    for name, damaged in (
        ("cut", content[: len(content) // 2]),
        ("text", b"no archive at all"),
        ("tail", content[:-6]),
    ):
        path = tmp_path / f"{name}.tar.gz"
        path.write_bytes(damaged)
        with pytest.raises(UserError, match=f"{name}.tar.gz is damaged or no .tar.gz"):
            load(path, cache_dir=cache)
    _flip(archive, len(content) // 2)
    with pytest.raises(UserError, match="module.tar.gz is damaged: it has another checksum than"):
        load(archive, cache_dir=cache)
    _archive.checksum_file(archive).write_bytes(b"\xff\xfe\x00 no text")
    with pytest.raises(UserError, match="module.tar.gz is damaged: it has another checksum than"):
        load(archive, cache_dir=cache)
    assert not _files(cache)
    with pytest.raises(UserError, match="cannot be loaded"):
        load("http://127.0.0.1:9/nothing.tar.gz")
    with pytest.raises(UserError, match="holds no module"):
        load(tmp_path / "nowhere.tar.gz")
    with pytest.raises(UserError, match="no place ~nobody-of-this-name"):
        load("~nobody-of-this-name/a")


def test_a_flipped_bit_of_the_weights_is_found_without_any_checksum_beside(folder, archive, tmp_path):
    _archive.checksum_file(archive).unlink()
    _flip(archive, archive.stat().st_size // 2)  # in the weights, which do not compress and so are stored as they are
    with pytest.raises(UserError, match="module.tar.gz is damaged or no .tar.gz: CRC check failed"):
        load(archive, cache_dir=tmp_path / "cache")
    _flip(folder / WEIGHTS)
    _archive.pack(folder, archive)  # a sound archive of damaged weights
    with pytest.raises(UserError, match=f"module.tar.gz is damaged: {WEIGHTS} has another checksum"):
        load(archive, cache_dir=tmp_path / "cache")
    (folder / "SHA256SUMS").write_bytes(b"\xff\xfe")
    _archive.pack(folder, archive)
    with pytest.raises(UserError, match="SHA256SUMS is not a list of checksums"):
        load(archive, cache_dir=tmp_path / "cache")
    with pytest.raises(UserError, match="SHA256SUMS is not a list of checksums"):
        load(folder)
    assert not list((tmp_path / "cache/modules").iterdir())


def test_a_damaged_cache_is_mended(archive, tmp_path, opened):
    load(archive, cache_dir=tmp_path / "cache")
    written = (opened[0] / WEIGHTS).stat().st_mtime_ns
    load(archive, cache_dir=tmp_path / "cache")
    assert opened[1] == opened[0] and (opened[0] / WEIGHTS).stat().st_mtime_ns == written
    _flip(opened[0] / WEIGHTS)
    load(archive, cache_dir=tmp_path / "cache")
    assert not _sums.failure(opened[0]) and list((tmp_path / "cache/modules").iterdir()) == [opened[0]]


def test_several_at_once_share_one_cache(archive, tmp_path, monkeypatch):
    # All have looked, and found nothing, before the first one is done.
    together, extract, failures = threading.Barrier(6), _archive._extract, []
    inode = []

    def late(path, new):
        extract(path, new)
        together.wait(timeout=60)

    def ask():
        try:
            folder = _archive.unpacked(archive, tmp_path / "cache")
            for _ in range(20):  # what one of them has opened is not taken away by another
                assert (folder / WEIGHTS).stat().st_size == 300_000
                inode.append(folder.stat().st_ino)
        except BaseException as error:
            failures.append(error)

    monkeypatch.setattr(_archive, "_extract", late)
    threads = [threading.Thread(target=ask) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=120)
    assert not failures and len(inode) == 6 * 20 and len(set(inode)) == 1
    (folder,) = (tmp_path / "cache/modules").iterdir()
    assert not _sums.failure(folder)


# Malice


def _tar(path, members):
    with tarfile.open(path, "w:gz") as archive:
        for member, content in members:
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return path


def _link(name, target, kind):
    member = tarfile.TarInfo(name)
    member.type, member.linkname = kind, target
    return member, b""


@pytest.mark.parametrize(
    ("members", "line"),
    [
        ([(tarfile.TarInfo("../evil.txt"), b"x")], "may be meant to do harm"),
        ([(tarfile.TarInfo("a/../../evil.txt"), b"x")], "may be meant to do harm"),
        ([_link("evil", "/etc/passwd", tarfile.SYMTYPE)], "neither a file nor a folder"),
        ([_link("evil", "../../evil.txt", tarfile.LNKTYPE)], "neither a file nor a folder"),
        ([_link("pipe", "", tarfile.FIFOTYPE)], "neither a file nor a folder"),
        ([_link("disk", "", tarfile.BLKTYPE)], "neither a file nor a folder"),
        ([_link("null", "", tarfile.CHRTYPE)], "neither a file nor a folder"),
        ([(tarfile.TarInfo("a/" * 3000 + "b"), b"x")], "folders deeper than 32"),
        ([(tarfile.TarInfo(f"f{number}"), b"") for number in range(10_001)], "more than 10000 files"),
        ([(tarfile.TarInfo("model/saved_model.pb"), b"x")], "no saved_model.pb at its root"),
    ],
    ids=range(10),
)
def test_archives_that_are_no_modules_write_nothing_outside(members, line, tmp_path):
    archive = _tar(tmp_path / "module.tar.gz", members)
    with pytest.raises(UserError, match=line) as caught:
        load(archive, cache_dir=tmp_path / "cache/deep/down")
    assert len(str(caught.value)) < 600
    written = [path for path in tmp_path.rglob("*") if path.is_file() and path != archive]
    assert not written and not list((tmp_path / "cache/deep/down/modules").iterdir())


def test_a_name_from_the_root_of_the_disk_lands_within(tmp_path):
    archive = _tar(tmp_path / "module.tar.gz", [(tarfile.TarInfo(f"{tmp_path}/evil.txt"), b"x")])
    with pytest.raises(UserError, match=r"no saved_model\.pb|harm"):
        load(archive, cache_dir=tmp_path / "cache")
    assert not (tmp_path / "evil.txt").exists()


def _head(name, size):
    member = tarfile.TarInfo(name)
    member.size = size
    return member.tobuf()


def test_a_bomb_is_known_by_its_heads_and_by_what_follows_them(tmp_path, monkeypatch):
    monkeypatch.setattr(_archive, "_MOST_BESIDE", 2**20)
    bombs = {
        "member": _head("saved_model.pb", 2**40),
        "many": b"".join(_head(f"{number}", 2**19) + bytes(2**19) for number in range(8)),
        "tail": _head("saved_model.pb", 0) + bytes(2**23),
    }
    for name, content in bombs.items():
        path = tmp_path / f"{name}.tar.gz"
        path.write_bytes(gzip.compress(content))
        monkeypatch.setattr(_archive, "_MOST_GROWTH", 1)
        with pytest.raises(UserError, match="it unpacks to more than .* bytes from"):
            load(path, cache_dir=tmp_path / "cache")
    assert not _files(tmp_path / "cache")


def test_what_the_disk_has_no_room_for_is_not_begun(archive, tmp_path, monkeypatch):
    monkeypatch.setattr(_archive.shutil, "disk_usage", lambda place: type("Usage", (), {"free": 1000}))
    with pytest.raises(UserError, match=f"cannot unpack .*module.tar.gz: {WEIGHTS} has 300000 bytes, the disk 1000"):
        load(archive, cache_dir=tmp_path / "cache")
    assert not _files(tmp_path / "cache")


@pytest.mark.parametrize("lost", ["", "half", None])
def test_checksums_that_do_not_list_graph_and_weights_make_no_module_whole(folder, opened, lost, caplog):
    sums = folder / "SHA256SUMS"
    if lost is None:
        sums.unlink()
    else:
        sums.write_text(sums.read_text()[:400] if lost else "")
    _flip(folder / WEIGHTS)
    assert not _target.is_intact(folder)
    with pytest.raises(UserError, match="SHA256SUMS is missing or damaged"):
        _target.refuse_others(folder, same_model=True)
    if lost is None:  # nothing is known of modules that others made either
        loading.load(folder)
        assert opened == [folder] and f"the module in {folder} has lost its SHA256SUMS" in caplog.text
    else:
        with pytest.raises(UserError, match=f"the module in {folder} is damaged: .*SHA256SUMS does not list|missing"):
            loading.load(folder)


def test_an_archive_that_lost_its_checksum_is_not_taken_for_whole(archive):
    assert _target.is_intact(archive)
    _archive.checksum_file(archive).unlink()
    assert not _target.is_intact(archive)


def test_what_was_unpacked_of_another_maker_gets_checksums_of_its_own(folder, tmp_path, opened):
    (folder / "SHA256SUMS").unlink()
    _archive.pack(folder, tmp_path / "other.tar.gz")
    damages = [lambda place: _flip(place / WEIGHTS), lambda place: (place / "SHA256SUMS").unlink(), lambda place: None]
    for damage in damages:
        loading.load(tmp_path / "other.tar.gz", cache_dir=tmp_path / "cache")
        assert (opened[-1] / WEIGHTS).read_bytes() == (folder / WEIGHTS).read_bytes()
        assert (opened[-1] / "SHA256SUMS").is_file()
        damage(opened[-1])


def test_a_tasks_folder_stands_for_the_only_module_it_has_exported(folder, tmp_path, monkeypatch):
    monkeypatch.setattr(loading, "_loaded", pathlib.Path)
    task = tmp_path / "tasks" / "0"
    (task / "export").mkdir(parents=True)
    assert not loading.is_module(task)
    with pytest.raises(UserError, match="holds no module"):
        load(task)
    shutil.copytree(folder, task / "export" / "20")
    (task / "export" / "10").mkdir()  # of an export that was stopped
    assert loading.is_module(task) and load(task) == task / "export" / "20"
    shutil.copytree(folder, task / "export" / "30")
    with pytest.raises(UserError, match=r"0 has 2 modules: name one of .*/export/20, .*/export/30"):
        load(task)

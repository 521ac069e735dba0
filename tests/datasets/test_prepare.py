"""Preparing goes on where it broke off, says in one line why it cannot, and leaves nothing that only looks finished."""

import contextlib
import errno
import hashlib
import http.server
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import textwrap
import threading
import time

import numpy as np
import pytest
import source_archives
import tensorflow_datasets as tfds

from compare_gan_tf2.commands import prepare_datasets
from compare_gan_tf2.datasets import _download, _tfds_files, catalog
from compare_gan_tf2.datasets.prepare import prepare, table
from compare_gan_tf2.errors import UserError

_CONTENT = np.random.default_rng(0).bytes(3 << 20)
_SHA256 = hashlib.sha256(_CONTENT).hexdigest()


class _Server:
    """Serves one file on this machine.

    Attributes:
        ranges: whether parts of it can be asked for.
        most: bytes after which the connection breaks off.
        status: of every answer, if it is no success.
        asked: the Range header of every request.
    """

    def __init__(self, content=_CONTENT):
        self.content, self.ranges, self.most, self.status, self.asked = content, True, None, 200, []
        self.page = ""
        served = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                served.answer(self)

            def log_message(self, *words):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/file.bin"
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()

    def answer(self, handler):
        self.asked.append(handler.headers.get("Range"))
        if self.page and "confirm=t" not in handler.path:
            handler.send_response(200)
            handler.send_header("Content-Type", "text/html; charset=utf-8")
            handler.end_headers()
            handler.wfile.write(self.page.encode())
            return
        first = int(self.asked[-1].removeprefix("bytes=").removesuffix("-")) if self.ranges and self.asked[-1] else 0
        if self.status != 200 or first >= len(self.content):
            handler.send_response(self.status if self.status != 200 else 416)
            handler.end_headers()
            return
        handler.send_response(206 if first else 200)
        if first:
            handler.send_header("Content-Range", f"bytes {first}-{len(self.content) - 1}/{len(self.content)}")
        handler.send_header("Content-Length", str(len(self.content) - first))
        handler.end_headers()
        handler.wfile.write(self.content[first:][: self.most])


@pytest.fixture
def server(monkeypatch):
    monkeypatch.setattr(_download, "_PAUSE", 0.01)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    found = _Server()
    yield found
    found.server.shutdown()
    found.server.server_close()


def _fetch(server, path, **changes):
    _download.fetch(server.url, path, **{"size": len(_CONTENT), "sha256": _SHA256, **changes})


@pytest.mark.parametrize("ranges", [True, False])
def test_a_download_goes_on_where_an_earlier_one_was_cut(ranges, server, tmp_path):
    path = tmp_path / "folder/file.bin"
    path.parent.mkdir()
    part = path.with_name("file.bin.part")
    part.write_bytes(_CONTENT[:1000])
    server.ranges = ranges
    _fetch(server, path)
    assert path.read_bytes() == _CONTENT and not part.exists()
    assert server.asked == ["bytes=1000-"]


def test_a_connection_that_breaks_again_and_again_still_brings_the_file(server, tmp_path):
    server.most = 1 << 20
    _fetch(server, tmp_path / "file.bin")
    assert (tmp_path / "file.bin").read_bytes() == _CONTENT
    assert server.asked == [None, f"bytes={1 << 20}-", f"bytes={2 << 20}-"]


def test_a_server_that_always_breaks_off_and_always_begins_anew_is_given_up(server, tmp_path):
    server.ranges, server.most = False, 1 << 20
    with pytest.raises(_download.DownloadError, match=r"broke off after 1\.0 MB of 3\.1 MB"):
        _fetch(server, tmp_path / "file.bin")
    assert [path.name for path in tmp_path.iterdir()] == ["file.bin.part"]


def test_another_file_than_the_published_is_refused(server, tmp_path):
    with pytest.raises(_download.DownloadError, match=f"file.bin from http.* has .* {_SHA256}, expected 0123"):
        _fetch(server, tmp_path / "file.bin", sha256="0123")
    assert not list(tmp_path.iterdir())
    with pytest.raises(_download.DownloadError, match="3,145,728 bytes, expected 5: it is another file"):
        _fetch(server, tmp_path / "file.bin", size=5)
    (tmp_path / "file.bin.part").write_bytes(bytes(len(_CONTENT) + 7))
    with pytest.raises(_download.DownloadError, match="it is another file"):
        _fetch(server, tmp_path / "file.bin", size=len(_CONTENT) + 9)


def test_a_server_that_refuses_is_quoted(server, tmp_path):
    server.status = 403
    with pytest.raises(_download.DownloadError, match="answers with 403 Forbidden"):
        _fetch(server, tmp_path / "file.bin")
    server.status = 503
    with pytest.raises(_download.DownloadError, match="503 Service Unavailable"):
        _fetch(server, tmp_path / "file.bin")


def test_google_drives_question_is_answered_and_its_refusal_reported(server, tmp_path):
    server.page = (
        '<html><form id="download-form" action="/really" method="get"><input type="submit" value="Download anyway"/>'
        '<input type="hidden" name="id" value="x"><input type="hidden" name="confirm" value="t"></form></html>'
    )
    _fetch(server, tmp_path / "file.bin")
    assert (tmp_path / "file.bin").read_bytes() == _CONTENT
    server.page = "<html>Too many users have viewed or downloaded this file recently.</html>"
    with pytest.raises(_download.DownloadError, match="a web page in place of the file"):
        _fetch(server, tmp_path / "other.bin")


@pytest.fixture
def no_network(monkeypatch):
    def unreachable(*arguments, **named):
        raise OSError("no route")

    monkeypatch.setattr(socket, "create_connection", unreachable)
    monkeypatch.setattr(_download, "_proxies", lambda url: {})


@pytest.fixture
def archives(tmp_path):
    """A folder with a small CIFAR-10."""
    folder = tmp_path / "archives"
    folder.mkdir()
    source_archives.cifar(folder)
    return folder


def _registered(monkeypatch, path):
    """Makes TFDS believe that a file is the published CIFAR-10."""
    (url,) = tfds.builder_cls("cifar10").url_infos
    info = tfds.core.download.checksums.compute_url_info(path)
    monkeypatch.setitem(tfds.builder_cls("cifar10").url_infos, url, info)
    return url, info


@pytest.mark.usefixtures("no_network")
@pytest.mark.parametrize(
    ("name", "host", "file", "size"),
    [
        ("cifar10", "www.cs.toronto.edu", "cifar-10-binary.tar.gz", "170.1 MB"),
        ("fashion_mnist", "eu-central-1", "t10k-labels-idx1-ubyte.gz", "5.1 kB"),
        ("celeb_a", "drive.google.com", "img_align_celeba.zip", "1.4 GB"),
        ("stl10", "ai.stanford.edu", "stl10_binary.tar.gz", "2.6 GB"),
    ],
)
def test_without_network_the_line_says_which_files_to_put_where(name, host, file, size, tmp_path):
    start = time.monotonic()
    with pytest.raises(UserError) as caught:
        catalog.find(name).prepare(tmp_path)
    assert time.monotonic() - start < 20
    line = str(caught.value)
    assert f"{host} cannot be reached (no route)" in line.replace(
        f"fashion-mnist.s3-website.{host}.amazonaws.com", host
    )
    assert f"{file} ({size})" in line and f"into {tmp_path / 'downloads/manual' / name}" in line and "\n" not in line


def test_a_network_that_does_not_answer_is_given_up(monkeypatch):
    monkeypatch.setattr(_download, "_SECONDS_TO_REACH_A_HOST", 0.05)
    monkeypatch.setattr(_download, "_proxies", lambda url: {})

    def silent(*arguments, **named):
        time.sleep(1)
        raise OSError("timed out")

    monkeypatch.setattr(socket, "create_connection", silent)
    assert "no answer" in _download.why_unreachable("https://example.org/file")


@pytest.mark.usefixtures("no_network")
def test_only_the_files_of_the_configuration_are_asked_for(tmp_path, monkeypatch):
    monkeypatch.setattr(shutil, "disk_usage", lambda place: shutil._ntuple_diskusage(10**13, 0, 10**13))
    with pytest.raises(UserError) as caught:
        catalog.find("lsun_bedroom").prepare(tmp_path)
    assert "bedroom_train_lmdb.zip (45.9 GB), bedroom_val_lmdb.zip (4.7 MB) into" in str(caught.value)


def test_what_is_downloaded_is_used_and_not_downloaded_again(archives, server, tmp_path, monkeypatch):
    archive = archives / "cifar-10-binary.tar.gz"
    server.content = archive.read_bytes()
    url, info = _registered(monkeypatch, archive)
    real = _download.fetch
    monkeypatch.setattr(_download, "fetch", lambda source, path, **named: real(server.url, path, **named))
    monkeypatch.setattr(_download, "why_unreachable", lambda source: "" if source == url else "no")
    root = tmp_path / "root"
    assert prepare(["cifar10"], root) == {"cifar10": ""}
    kept = root / "downloads/manual/cifar10/cifar-10-binary.tar.gz"
    assert kept.read_bytes() == server.content and len(server.asked) == 1
    shutil.rmtree(root / "cifar10")
    assert prepare(["cifar10"], root) == {"cifar10": ""} and len(server.asked) == 1
    # Finished work is not looked at again.
    before = {path: path.stat().st_mtime_ns for path in root.rglob("*")}
    assert prepare(["cifar10"], root) == {"cifar10": ""}
    assert {path: path.stat().st_mtime_ns for path in root.rglob("*")} == before


def test_an_archive_of_ones_own_is_checked_unless_any_will_do(archives, tmp_path, monkeypatch):
    root, archive = tmp_path / "root", archives / "cifar-10-binary.tar.gz"
    (problem,) = prepare(["cifar10"], root, archives=archives).values()
    assert f"{archive} has" in problem and "170,052,171" in problem and "--any_archive" in problem
    url, info = _registered(monkeypatch, archive)
    content = bytearray(archive.read_bytes())
    content[-1] ^= 1
    archive.write_bytes(content)
    (problem,) = prepare(["cifar10"], root, archives=archives).values()
    assert (
        f"{archive} has the sha256 checksum {hashlib.sha256(content).hexdigest()}, expected {info.checksum}" in problem
    )
    assert not catalog.find("cifar10").is_prepared(root)


def test_files_of_one_name_are_not_taken_for_another_data_sets(tmp_path, no_network):
    manual = tmp_path / "downloads/manual"
    source_archives.mnist(manual)
    for any_archive in (False, True):
        with pytest.raises(UserError, match="cannot be reached"):
            catalog.find("mnist").prepare(tmp_path, any_archive=any_archive)


def test_a_disk_too_small_is_said_before_anything_starts(archives, tmp_path, monkeypatch):
    asked = []

    def usage(place):
        asked.append(pathlib.Path(place))
        return shutil._ntuple_diskusage(10**9, 10**9 - 5000, 5000)

    monkeypatch.setattr(shutil, "disk_usage", usage)
    monkeypatch.setattr(_download, "why_unreachable", lambda url: pytest.fail("too early"))
    root = tmp_path / "not/there/yet"
    (problem,) = prepare(["celeb_a"], root).values()
    assert f"GB under {root} (1.5 GB to download" in problem and problem.endswith("5.0 kB are free")
    assert asked[0] in (root, *root.parents)
    assert not (root / "celeb_a").exists()


def _snapshot(root):
    return sorted(str(path.relative_to(root)) for path in root.rglob("*") if path.is_file())


@pytest.mark.slow
def test_a_disk_that_fills_up_leaves_nothing_that_looks_finished(archives, tmp_path):
    """The system refuses to write more than 20 kB into a file, as a full disk would."""
    root = tmp_path / "root"
    code = f"""
        import resource, sys
        import tensorflow as tf, tensorflow_datasets as tfds
        from compare_gan_tf2.commands.prepare_datasets import main
        tfds.builder("cifar10", data_dir={str(root)!r})
        resource.setrlimit(resource.RLIMIT_FSIZE, (20000, 20000))
        words = ["--dataset_root", {str(root)!r}, "--archives", {str(archives)!r}, "--any_archive"]
        sys.exit(main(["", "cifar10", *words]))
    """
    done = subprocess.run([sys.executable, "-c", textwrap.dedent(code)], capture_output=True, text=True, check=False)
    assert done.returncode == 2, done.stderr
    assert "cifar10: not ready: " in done.stderr and "no more can be written (File too large)" in done.stderr
    assert not catalog.find("cifar10").is_prepared(root) and not _snapshot(root)
    assert prepare(["cifar10"], root, archives=archives, any_archive=True) == {"cifar10": ""}


@pytest.mark.parametrize(
    ("error", "wrapped", "expected"),
    [
        (
            lambda: OSError(errno.ENOSPC, "No space left on device", "/x/y"),
            True,
            r"no more can be written \(No space left.*/x/y",
        ),
        (
            lambda: PermissionError(errno.EACCES, "Permission denied", "/x/y"),
            False,
            r"/x/y cannot be read or written \(Permission",
        ),
        (lambda: RuntimeError("/x/y; Disk quota exceeded"), True, "no more can be written"),
        (lambda: ValueError("first line\nsecond line"), False, "could not be prepared: .*first line$"),
        (KeyError, False, "could not be prepared: KeyError"),
    ],
)
def test_what_goes_wrong_while_tfds_works_is_one_line(error, wrapped, expected, archives, tmp_path, monkeypatch):
    def fail(*arguments, **named):
        if wrapped:
            raise RuntimeError("first line") from error()
        raise error()

    monkeypatch.setattr(tfds.core.writer.Writer, "finalize", fail)
    root = tmp_path / "root"
    with pytest.raises(UserError, match=expected) as caught:
        catalog.find("cifar10").prepare(root, archives=archives, any_archive=True)
    assert "\n" not in str(caught.value) and not _snapshot(root)
    monkeypatch.undo()
    catalog.find("cifar10").prepare(root, archives=archives, any_archive=True)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_place_without_rights_is_named(archives, tmp_path):
    root = tmp_path / "root"
    root.mkdir(mode=0o555)
    (problem,) = prepare(["cifar10"], root, archives=archives, any_archive=True).values()
    assert "cannot write" in problem and "Permission denied" in problem


@pytest.mark.slow
def test_a_killed_preparation_is_cleaned_up_by_the_next(archives, tmp_path):
    root = tmp_path / "root"
    code = f"""
        import os, signal, time
        import tensorflow_datasets as tfds
        from compare_gan_tf2.datasets.prepare import prepare
        def killed(*arguments):
            open(os.path.join({str(tmp_path)!r}, "reached"), "w").close()
            time.sleep(60)
        tfds.core.writer.Writer.finalize = killed
        prepare(["cifar10"], {str(root)!r}, archives={str(archives)!r}, any_archive=True)
    """
    process = subprocess.Popen([sys.executable, "-c", textwrap.dedent(code)], stderr=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + 60
        while not (tmp_path / "reached").exists() and process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.05)
        assert (tmp_path / "reached").exists()
        # Meanwhile nobody else may begin.
        (problem,) = prepare(["cifar10"], root, archives=archives, any_archive=True).values()
        assert "another process is at preparing_cifar10" in problem
        claim = (root / "downloads/preparing_cifar10.claim").read_text()
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()
    left = [path.name for path in (root / "cifar10").iterdir()]
    assert len(left) == 1 and left[0].startswith("incomplete.")
    assert (root / "downloads/.preparing_cifar10").is_dir() and not catalog.find("cifar10").is_prepared(root)
    assert prepare(["cifar10"], root, archives=archives, any_archive=True) == {"cifar10": ""}
    assert [path.name for path in (root / "cifar10").iterdir()] == ["3.0.2"]
    assert not list((root / "downloads").iterdir())
    # A kill between the last file and the end leaves a data set that is complete, and more.
    (root / "downloads/.preparing_cifar10/manual").mkdir(parents=True)
    (root / "downloads/preparing_cifar10.claim").write_text(claim)
    assert prepare(["cifar10"], root) == {"cifar10": ""}
    assert not list((root / "downloads").iterdir())


def test_a_folder_that_tfds_would_take_for_the_data_set_is_named(archives, tmp_path):
    folder = tmp_path / "root/cifar10/3.0.2"
    folder.mkdir(parents=True)
    (folder / "half").write_text("")
    (problem,) = prepare(["cifar10"], tmp_path / "root", archives=archives, any_archive=True).values()
    assert f"{folder} is not complete; remove it" in problem and (folder / "half").exists()


def test_archives_that_only_a_user_can_fetch_are_named_with_place_and_source(tmp_path):
    lines = prepare(["celeb_a_hq_128", "imagenet_128"], tmp_path / "root")
    assert f"put data128x128.tar into {tmp_path}/root/downloads/manual (a tar of" in lines["celeb_a_hq_128"]
    assert "ILSVRC2012_img_train.tar (147.9 GB) and ILSVRC2012_img_val.tar (6.7 GB)" in lines["imagenet_128"]
    assert not (tmp_path / "root").exists()


def test_imagenets_published_checksums_are_looked_at(tmp_path, monkeypatch):
    source_archives.imagenet2012(tmp_path)
    (problem,) = prepare(["imagenet_64"], tmp_path / "root", archives=tmp_path).values()
    assert "ILSVRC2012_img_train.tar has" in problem and "147,897,477,120" in problem
    assert [file.digest for file in _tfds_files.by_hand(catalog.find("imagenet_64"))] == [
        "1d675b47d978889d74fa0da5fadfb00e",
        "29b22e2961454d5413ddabcf34fc5622",
    ]


def _command(*words):
    return prepare_datasets.main(["compare_gan_prepare_datasets", *map(str, words)])


def test_the_command_says_a_line_for_each_and_fails_if_one_is_not_ready(archives, tmp_path, capsys):
    root = tmp_path / "root"
    words = ["--dataset_root", root, "--archives", archives, "--any_archive"]
    assert _command("celeb_a_hq_128", "cifar10", *words) == 2
    captured = capsys.readouterr()
    assert captured.out == f"cifar10: ready under {root}\n"
    assert len([line for line in captured.err.splitlines() if line.startswith("celeb_a_hq_128: not ready: ")]) == 1
    assert _command("cifar10", *words) == 0
    assert capsys.readouterr().out == f"cifar10: ready under {root}\n"
    assert _command("cifar10", "--dataset_root", root, "--archives", tmp_path / "nowhere") == 2
    assert "error: no folder" in capsys.readouterr().err


def test_ctrl_c_is_a_clean_exit(archives, tmp_path, monkeypatch, capsys):
    def interrupted(*arguments):
        raise KeyboardInterrupt

    monkeypatch.setattr(tfds.core.writer.Writer, "finalize", interrupted)
    words = ["--dataset_root", tmp_path / "root", "--archives", archives, "--any_archive"]
    assert _command("cifar10", *words) == 130
    assert "interrupted" in capsys.readouterr().err and not _snapshot(tmp_path / "root")


def test_the_list_says_what_is_there_and_what_the_rest_needs(archives, tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "1000")
    root = tmp_path / "root"
    prepare(["cifar10"], root, archives=archives, any_archive=True)
    rows = {row.name: row for row in table(["cifar10", "celeb_a_hq_128", "fake", "mnist", "triangles"], root)}
    stored = sum(path.stat().st_size for path in (root / "cifar10").rglob("*") if path.is_file())
    assert (rows["cifar10"].state, rows["cifar10"].size) == ("ready", _download.amount(stored))
    assert rows["celeb_a_hq_128"].state == "needs data128x128.tar" and "you fetch" in rows["celeb_a_hq_128"].source
    assert rows["fake"].state == "generated when needed" and rows["mnist"].state == "not prepared"
    assert rows["triangles"].source == "generated"
    with contextlib.chdir(tmp_path):
        assert _command("--list", "--dataset_root", root) == 0
    lines = capsys.readouterr().out.splitlines()
    assert {line.split()[0] for line in lines[1 : len(catalog.names()) + 1]} == set(catalog.names())
    assert lines[0].split()[0] == "name" and len({line.find("ready") for line in lines if " ready " in line}) == 1
    assert _command("--list", "cifar10", "--dataset_root", root) == 0
    assert len(capsys.readouterr().out.splitlines()) == 4


@pytest.mark.parametrize("number", [errno.EPERM, errno.ENOTSUP])
def test_where_the_file_system_has_no_links_archives_are_copied_with_a_word(number, tmp_path, monkeypatch, caplog):
    def refuse(self, target):
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(pathlib.Path, "symlink_to", refuse)
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder/data.mdb").write_bytes(_CONTENT)
    _tfds_files.link(tmp_path / "folder/data.mdb", tmp_path / "file")
    _tfds_files.link(tmp_path / "folder", tmp_path / "other")
    assert (tmp_path / "file").read_bytes() == (tmp_path / "other/data.mdb").read_bytes() == _CONTENT
    assert caplog.text.count("no links") == 2 and caplog.text.count("3.1 MB") == 2


def test_another_error_of_a_link_is_no_reason_to_copy(tmp_path):
    (tmp_path / "file").write_bytes(b"x")
    (tmp_path / "there").touch()
    with pytest.raises(FileExistsError):
        _tfds_files.link(tmp_path / "file", tmp_path / "there")

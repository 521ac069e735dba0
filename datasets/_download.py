"""Downloads a file: continued where it broke off, checked, and under its name only when it is complete."""

from __future__ import annotations

import contextlib
import hashlib
import html.parser
import os
import pathlib
import re
import socket
import threading
import time
import urllib.parse
from collections.abc import Callable, Iterator

import requests

from compare_gan_tf2.progress import Progress

_SECONDS_TO_REACH_A_HOST = 8.0
_SECONDS_OF_SILENCE = 60.0
# Attempts in a row that bring nothing new, and the pause before the second of them; every further one is doubled.
_ATTEMPTS = 5
_PAUSE = 0.5
_BLOCK = 1 << 20
# What is smaller is done before anybody wonders.
_WORTH_A_BAR = 200_000_000


class DownloadError(Exception):
    """Why a file could not be had, in one line."""


def amount(number: int) -> str:
    """Bytes as they are printed: «45.9 GB»."""
    for unit, size in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if number >= size:
            return f"{number / size:.1f} {unit}"
    return f"{number} bytes"


@contextlib.contextmanager
def progress(title: str, total: int, done: int = 0) -> Iterator[Callable[[int], None]]:
    """A progress bar over bytes, if they are many; yields what is to be called with the bytes done."""
    if total < _WORTH_A_BAR:
        yield lambda done: None
        return
    with Progress(title, total // 10**6, done=done // 10**6, unit="megabyte") as bar:
        yield lambda done: bar.advance(done // 10**6)


def checksum(path: pathlib.Path, algorithm: str) -> str:
    """The checksum of a file, in hexadecimal digits; with a progress bar where it takes long."""
    digest = hashlib.new(algorithm, usedforsecurity=False)
    done = 0
    with path.open("rb") as file, progress(f"checking {path.name}", path.stat().st_size) as advance:
        while block := file.read(_BLOCK):
            digest.update(block)
            done += len(block)
            advance(done)
    return digest.hexdigest()


def fetch(url: str, path: pathlib.Path, *, size: int, sha256: str) -> None:
    """Downloads url to path; what has come is kept in <path>.part, and the next call goes on from there.

    Args:
        url: http or https. A Google Drive address that first answers with a page to confirm is followed.
        path: of the file; its folder is made if need be.
        size: in bytes, as published.
        sha256: as published.

    Raises:
        DownloadError: if the server cannot be reached, refuses, breaks off again and again, or has another file.
        OSError: if it cannot be written.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f"{path.name}.part")
    if _size(part) > size:
        part.unlink()
    furthest, failures = _size(part), 0
    with requests.Session() as session, progress(f"downloading {path.name}", size, furthest) as advance:
        while _size(part) < size:
            reason = "the connection was closed"
            try:
                _receive(session, url, part, size, advance)
            except requests.RequestException as error:
                reason = _plain(error)
            # A server that cannot go on from where it stopped begins anew: only what was not there before counts.
            failures = 0 if _size(part) > furthest else failures + 1
            furthest = max(furthest, _size(part))
            if failures == _ATTEMPTS:
                came = f"broke off after {amount(_size(part))} of {amount(size)}" if _size(part) else "cannot be had"
                raise DownloadError(f"{url} {came} ({reason})")
            if failures:
                time.sleep(_PAUSE * 2.0 ** (failures - 1))
    found = checksum(part, "sha256")
    if found != sha256:
        part.unlink()
        raise DownloadError(f"{path.name} from {url} has the sha256 checksum {found}, expected {sha256}")
    with part.open("rb") as file:
        os.fsync(file.fileno())
    os.replace(part, path)


def why_unreachable(url: str) -> str:
    """Empty if a connection to a URL's host can be made; else the reason, in bounded time (a resolver may hang)."""
    if _proxies(url):
        return ""  # a proxy answers for every host; it will say what is wrong
    parts = urllib.parse.urlsplit(url)
    place = (parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80))
    outcome: list[str] = []

    def connect() -> None:
        try:
            socket.create_connection(place, timeout=_SECONDS_TO_REACH_A_HOST).close()
            outcome.append("")
        except OSError as error:
            outcome.append(error.strerror or str(error))

    thread = threading.Thread(target=connect, daemon=True)
    thread.start()
    thread.join(_SECONDS_TO_REACH_A_HOST)
    return outcome[0] if outcome else f"no answer in {_SECONDS_TO_REACH_A_HOST:.0f} s"


def _proxies(url: str) -> dict[str, str]:
    found: dict[str, str] = requests.utils.get_environ_proxies(url)
    scheme = urllib.parse.urlsplit(url).scheme
    return {key: value for key, value in found.items() if key in (scheme, "all") and value}


def _receive(
    session: requests.Session, url: str, part: pathlib.Path, size: int, advance: Callable[[int], None]
) -> None:
    """Appends what a server sends of a file, or begins anew where it cannot send the rest alone."""
    have = _size(part)
    # Compressed on the way, a file would have another size, and no Range could be asked for.
    headers = {"Accept-Encoding": "identity", **({"Range": f"bytes={have}-"} if have else {})}
    timeouts = (_SECONDS_TO_REACH_A_HOST, _SECONDS_OF_SILENCE)
    with contextlib.ExitStack() as stack:
        response = stack.enter_context(session.get(url, headers=headers, stream=True, timeout=timeouts))
        if _is_page(response):
            form = _Form(response.text)
            if form.action is None:
                raise DownloadError(
                    f"{url} answers with a web page in place of the file (as Google Drive does for files that were "
                    "downloaded too often)"
                )
            target = urllib.parse.urljoin(response.url, form.action)
            response = stack.enter_context(
                session.get(target, params=form.fields, headers=headers, stream=True, timeout=timeouts)
            )
        status = response.status_code
        if status == 416:  # the part is longer than what the server has
            part.unlink(missing_ok=True)
            return
        if status in (408, 429) or status >= 500:
            raise requests.RequestException(f"{status} {response.reason}")
        if status not in (200, 206) or _is_page(response):
            answer = "a web page in place of the file" if status in (200, 206) else f"{status} {response.reason}"
            raise DownloadError(f"{url} answers with {answer}")
        goes_on = status == 206 and response.headers.get("Content-Range", "").startswith(f"bytes {have}-")
        done = have if goes_on else 0
        announced = response.headers.get("Content-Length", "")
        if announced.isdecimal() and done + int(announced) != size:
            raise DownloadError(f"{url} has {done + int(announced):,} bytes, expected {size:,}: it is another file")
        with part.open("ab" if goes_on else "wb") as file:
            for block in response.iter_content(_BLOCK):
                done += len(block)
                if done > size:
                    raise DownloadError(f"{url} has more than the expected {size:,} bytes: it is another file")
                file.write(block)
                advance(done)


def _is_page(response: requests.Response) -> bool:
    page = response.headers.get("Content-Type", "").startswith("text/html")
    return response.status_code == 200 and page and "Content-Disposition" not in response.headers


class _Form(html.parser.HTMLParser):
    """The first form of a page: where it leads, and what it sends unless something else is typed."""

    def __init__(self, page: str):
        super().__init__()
        self.action: str | None = None
        self.fields: dict[str, str] = {}
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        if tag == "form" and self.action is None:
            self.action = values.get("action", "")
        elif tag == "input" and self.action is not None and values.get("name"):
            self.fields[values["name"]] = values.get("value", "")


def _plain(error: Exception) -> str:
    """What went wrong, without the objects that requests and urllib3 wrap it in."""
    reason: BaseException = error
    for cause in (getattr(error, "reason", None), *error.args):
        if isinstance(cause, BaseException):
            reason = getattr(cause, "reason", None) or cause
            break
    text = re.sub(r"^\S*Connection\([^)]*\): |^<.*>: ", "", " ".join(str(reason).split()))
    return text[:200] or type(error).__name__


def _size(path: pathlib.Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0

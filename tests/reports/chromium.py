"""A headless Chromium that a test drives through its pipe (the DevTools protocol); no further package is needed."""

import base64
import contextlib
import fcntl
import json
import os
import select
import shutil
import subprocess
import time

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_PATIENCE = 60


def program():
    """Path of a browser; None without one."""
    return next((found for name in NAMES if (found := shutil.which(name))), None)


@contextlib.contextmanager
def started(folder, known=""):
    """A Browser with one page, which knows no network, or one address alone; its files are in a folder."""
    rules = "MAP * ~NOTFOUND" + (f", EXCLUDE {known}" if known else "")
    to_read, from_us = (fcntl.fcntl(each, fcntl.F_DUPFD, 10) for each in os.pipe())
    from_it, to_write = (fcntl.fcntl(each, fcntl.F_DUPFD, 10) for each in os.pipe())

    def as_it_expects():
        os.dup2(to_read, 3)
        os.dup2(to_write, 4)

    arguments = [
        "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
        "--remote-debugging-pipe", f"--user-data-dir={folder}", f"--host-resolver-rules={rules}",
        "--hide-scrollbars", "about:blank",
    ]  # fmt: skip
    with subprocess.Popen(
        [program(), *arguments],
        preexec_fn=as_it_expects,
        pass_fds=(3, 4),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:
        os.close(to_read)
        os.close(to_write)
        try:
            yield Browser(from_us, from_it)
        finally:
            process.kill()
            os.close(from_us)
            os.close(from_it)


class Browser:
    """Commands of the protocol, and what tests need of them.

    Attributes:
        complaints: of the console, of scripts that failed, and of what the page's policy refused.
        requests: addresses that the page asked for.
    """

    def __init__(self, to, back):
        self._to, self._back, self._rest, self._number, self._session = to, back, b"", 0, None
        self.complaints, self.requests = [], []
        targets = self.call("Target.getTargets")["targetInfos"]
        page = next(each["targetId"] for each in targets if each["type"] == "page")
        self._session = self.call("Target.attachToTarget", targetId=page, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(f"{domain}.enable")

    def call(self, method, **parameters):
        """What a command answers."""
        self._number += 1
        message = {"id": self._number, "method": method, "params": parameters}
        if self._session:
            message["sessionId"] = self._session
        os.write(self._to, json.dumps(message).encode() + b"\0")
        while True:
            answer = self._next()
            if answer.get("id") == self._number:
                assert "error" not in answer, answer
                return answer["result"]

    def open(self, path):
        """Shows a file, and waits until it has loaded."""
        self.complaints, self.requests = [], []
        self.call("Page.navigate", url=path.as_uri())
        until = time.monotonic() + _PATIENCE
        while self.value("document.readyState") != "complete" or self.value("location.protocol") != "file:":
            assert time.monotonic() < until
            time.sleep(0.05)

    def value(self, expression):
        """What JavaScript comes to, as JSON."""
        found = self.call("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in found, found
        return found["result"].get("value")

    def screen(self, width, height, *, dark=False):
        """Takes a screen of this size, and a theme of the system."""
        self.call(
            "Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=width < 600
        )
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.call("Emulation.setEmulatedMedia", features=[scheme])
        # The page draws anew when it hears of it.
        self.value("new Promise((done) => requestAnimationFrame(() => setTimeout(done, 50)))")

    def screenshot(self, path, *, whole=False):
        """Writes a .png of what is seen, or of the whole page."""
        path.write_bytes(base64.b64decode(self.call("Page.captureScreenshot", captureBeyondViewport=whole)["data"]))

    def pdf(self):
        """The page as it is printed."""
        return base64.b64decode(self.call("Page.printToPDF", printBackground=False)["data"])

    def mouse(self, kind, x, y):
        """Moves the mouse, or clicks with its left button."""
        for each in ("mouseMoved",) if kind == "move" else ("mousePressed", "mouseReleased"):
            self.call("Input.dispatchMouseEvent", type=each, x=x, y=y, button="left", clickCount=int(kind != "move"))

    def key(self, name):
        """Presses a key."""
        for kind in ("keyDown", "keyUp"):
            self.call("Input.dispatchKeyEvent", type=kind, key=name)

    def _next(self):
        while b"\0" not in self._rest:
            assert select.select([self._back], [], [], _PATIENCE)[0], "the browser does not answer"
            part = os.read(self._back, 2**20)
            assert part, "the browser has ended"
            self._rest += part
        line, _, self._rest = self._rest.partition(b"\0")
        message = json.loads(line)
        if message.get("method") in ("Log.entryAdded", "Runtime.exceptionThrown", "Runtime.consoleAPICalled"):
            self.complaints.append(message["params"])
        if message.get("method") == "Network.requestWillBeSent":
            self.requests.append(message["params"]["request"]["url"])
        return message

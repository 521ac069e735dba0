"""The page to draw on: what its server answers, and an outline drawn and filled in a browser."""

import importlib.util
import json
import pathlib
import threading
import time

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image
from reports import chromium

flask = pytest.importorskip("flask", reason="Flask is not installed")

FOLDER = pathlib.Path(__file__).resolve().parents[2] / "hub_export/examples/draw"


class Filling(tf.Module):
    """A module whose pictures 32x32 are black between the leftmost and the rightmost dark pixel of each row."""

    def __init__(self):
        super().__init__()
        picture = {"shape": [32, 32, 1], "dtype": "float32", "range": [0, 1]}
        takes = {"input": picture, "seed": {"shape": [], "dtype": "int64", "range": None, "optional": True}}
        self.abilities = tf.Variable(json.dumps({"translate": {"takes": takes, "gives": {"target": picture}}}))

    def translate(self, pictures):
        dark = tf.cast(pictures < 0.7, tf.float32)
        from_left, from_right = tf.cumsum(dark, 2), tf.cumsum(dark, 2, reverse=True)
        return 1.0 - tf.cast((from_left > 0) & (from_right > 0), tf.float32)


@pytest.fixture(scope="module")
def app():
    spec = importlib.util.spec_from_file_location("draw", FOLDER / "draw.py")
    draw = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(draw)
    draw.hub = type("Hub", (), {"load": lambda place: Filling()})
    return draw.service("module")


def test_the_server_fills_pictures_and_refuses_what_is_none(app):
    client = app.test_client()
    assert client.get("/shape").json == {"height": 32, "width": 32} and b"<canvas" in client.get("/").data
    square = np.full((32, 32, 1), 255, np.uint8)
    square[8:24, [8, 23]] = 0
    answer = client.post("/translate", data=tf.io.encode_png(square).numpy())
    filled = tf.io.decode_png(answer.data).numpy()
    assert answer.mimetype == "image/png" and not filled[8:24, 8:24].any() and filled[:8].all()
    assert client.post("/translate", data=b"no picture").status_code == 400
    small = client.post("/translate", data=tf.io.encode_png(square[1:]).numpy())
    assert small.status_code == 400 and b"32 x 32 pixels" in small.data


@pytest.mark.skipif(chromium.program() is None, reason="no Chromium (Debian's package chromium)")
def test_a_drawn_outline_is_filled_on_the_page(app, tmp_path):
    serving = pytest.importorskip("werkzeug.serving")
    server = serving.make_server("127.0.0.1", 0, app)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        with chromium.started(tmp_path / "profile", "127.0.0.1") as browser:
            browser.screen(900, 700)
            browser.call("Page.navigate", url=f"http://127.0.0.1:{server.server_port}/")
            _wait(browser, "document.body?.dataset.ready === 'yes'")
            box = browser.value("JSON.stringify(document.getElementById('drawing').getBoundingClientRect())")
            left, top, width = (json.loads(box)[each] for each in ("left", "top", "width"))
            for x, y in ((0.2, 0.2), (0.8, 0.3), (0.5, 0.8), (0.2, 0.2)):
                browser.mouse("click", left + x * width, top + y * width)
            _wait(browser, "document.getElementById('filled').naturalWidth === 32")
            browser.screenshot(tmp_path / "page.png")
            box = browser.value("JSON.stringify(document.getElementById('filled').getBoundingClientRect())")
            of_output = json.loads(box)
            assert browser.complaints == []
    finally:
        server.shutdown()
        thread.join()
    with Image.open(tmp_path / "page.png") as image:
        shown = np.asarray(image.convert("L"))

    def pixel(left, top, x, y):
        return int(shown[int(top + y * width), int(left + x * width)])

    # The middle of the triangle is white in the outline and black in the output; the lower corners are white in both.
    assert pixel(left, top, 0.5, 0.4) > 200 > 60 > pixel(of_output["left"], of_output["top"], 0.5, 0.4)
    assert pixel(of_output["left"], of_output["top"], 0.9, 0.9) > 200


def _wait(browser, condition):
    until = time.monotonic() + 30
    while not browser.value(condition):
        assert time.monotonic() < until, condition
        time.sleep(0.05)

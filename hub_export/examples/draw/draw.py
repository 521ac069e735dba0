"""A page on which a visitor draws an outline and sees it filled by an exported model: http://localhost:8000

    pip install flask tensorflow tensorflow-hub 'setuptools<82'
    python draw.py MODULE [ABILITY]   # a folder that compare_gan_export wrote; translate by default

The model of experiment translation_quickstart will do. The service listens on this machine alone.
"""

import io
import json
import pathlib
import sys

import flask
import tensorflow as tf
import tensorflow_hub as hub

PAGE = pathlib.Path(__file__).with_name("draw.html")


def service(place, ability="translate"):
    """The service of one model, for any WSGI server."""
    module, app = hub.load(place), flask.Flask(__name__)
    app.config["MAX_CONTENT_LENGTH"] = 2**20
    about = json.loads(module.abilities.numpy())[ability]
    (shape,) = (each["shape"] for each in about["takes"].values() if each["range"] == [0, 1])

    @app.get("/")
    def page():
        return flask.send_file(PAGE)

    @app.get("/shape")
    def size():
        return {"height": shape[0], "width": shape[1]}

    @app.post("/translate")
    def translate():
        try:
            drawn = tf.io.decode_png(flask.request.get_data(), channels=shape[2])
        except tf.errors.InvalidArgumentError:
            flask.abort(400, "that is no PNG file")
        if list(drawn.shape) != shape:
            flask.abort(400, f"pictures are {shape[1]} x {shape[0]} pixels")
        filled = getattr(module, ability)(tf.image.convert_image_dtype(drawn, tf.float32)[None])[0]
        encoded = tf.io.encode_png(tf.image.convert_image_dtype(filled, tf.uint8, saturate=True))
        return flask.send_file(io.BytesIO(encoded.numpy()), "image/png")

    return app


if __name__ == "__main__":
    if not 2 <= len(sys.argv) <= 3 or sys.argv[1].startswith("-"):
        sys.exit(__doc__)
    service(*sys.argv[1:3]).run(host="127.0.0.1", port=8000)

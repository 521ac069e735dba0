"""A web service that draws pictures with an exported model: http://localhost:8000/picture.png?seed=3

    pip install flask tensorflow tensorflow-hub 'setuptools<82'
    python serve.py MODULE        # a folder that compare_gan_export wrote; unpack a .tar.gz file first

The same seed draws the same picture. A conditional model also takes &label=2.
"""

import io
import sys

import flask
import tensorflow as tf
import tensorflow_hub as hub


def service(place):
    """The service of one model, for any WSGI server."""
    module, app = hub.load(place), flask.Flask(__name__)

    def number(name, start):
        try:
            return int(flask.request.args.get(name, start))
        except ValueError:
            flask.abort(400, f"{name} is a whole number")

    @app.get("/")
    def start():
        return flask.redirect("/picture.png?seed=0")

    @app.get("/picture.png")
    def picture():
        seed, label = number("seed", 0), number("label", -1)
        classes = int(module.num_classes)
        if not -1 <= label < classes:
            flask.abort(400, f"this model has {classes} classes; label is a number below that, or -1 for any")
        drawn = module.generate(1, seed, label) if classes else module.generate(1, seed)
        image = tf.image.convert_image_dtype(drawn[0], tf.uint8, saturate=True)
        return flask.send_file(io.BytesIO(tf.io.encode_png(image).numpy()), "image/png")

    return app


if __name__ == "__main__":
    if len(sys.argv) != 2 or sys.argv[1].startswith("-"):
        sys.exit(__doc__)
    service(sys.argv[1]).run(port=8000)

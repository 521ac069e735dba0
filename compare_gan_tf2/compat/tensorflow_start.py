"""Starts TensorFlow and Keras without the lines that they print before they look at their log level."""

from __future__ import annotations

import os
import sys
import tempfile

from compare_gan_tf2.errors import UserError

# TensorFlow's variable, and its value for no lines at all.
_LOG_LEVEL, _SILENT = "TF_CPP_MIN_LOG_LEVEL", "3"


def silence() -> None:
    """Turns off TensorFlow's own log, of which most is noise, unless the user chose; errors arrive as exceptions."""
    os.environ.setdefault(_LOG_LEVEL, _SILENT)


def start() -> None:
    """Imports TensorFlow and Keras, and hides what they say while they start.

    What is hidden is shown after all if the start fails, or if the user asked for more of the log. Child processes
    start as silently.

    Raises:
        UserError: if Keras cannot start with what the user has configured.
    """
    silence()
    # Late, as all below: these import TensorFlow.
    from compare_gan_tf2.compat import keras_settings

    if "tensorflow" in sys.modules or os.environ[_LOG_LEVEL] != _SILENT:
        keras_settings.settle()
        return
    sys.stderr.flush()
    kept = os.dup(2)
    with tempfile.TemporaryFile() as said:
        os.dup2(said.fileno(), 2)
        try:
            # Keras first, which imports TensorFlow: both read the user's keras.json.
            keras_settings.settle()
            import tensorflow as tf

            # The search for a GPU is what speaks up next; what is said of a checkpoint that cannot be read is 50 lines.
            from compare_gan_tf2.runtime import distribution

            distribution.let_memory_grow()
            tf.get_logger().setLevel("ERROR")
        except UserError:
            raise
        except BaseException:
            said.seek(0)
            os.write(kept, said.read())
            raise
        finally:
            os.dup2(kept, 2)
            os.close(kept)

"""Importing this imports Keras; UserError, in one line, where the user's settings keep that from starting."""

from compare_gan_tf2.compat import keras_settings

keras_settings.start()

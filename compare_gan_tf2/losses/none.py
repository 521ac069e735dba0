"""No adversarial loss: the GAN type has an objective of its own (BEGAN, EBGAN, VAE)."""

discriminator = None
generator = None
GENERATOR_SEES_REAL = False
WHOLE_BATCH = False
HAS_TARGET = False
THRESHOLD = None

"""No adversarial loss: for GAN types with an objective of their own (BEGAN, EBGAN, VAE)."""

discriminator = None
generator = None
GENERATOR_SEES_REAL = False
WHOLE_BATCH = False
HAS_TARGET = False
THRESHOLD = None

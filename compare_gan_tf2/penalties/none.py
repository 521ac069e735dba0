"""No penalty."""

discriminator = None
generator = None
STATE = ()

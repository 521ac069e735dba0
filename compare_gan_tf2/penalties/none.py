"""No penalty."""

discriminator = None
generator = None
STATE = ()
WHOLE_BATCH = False

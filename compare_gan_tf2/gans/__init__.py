"""GAN types: who is updated when, on which objective; the file's name is the type's name."""

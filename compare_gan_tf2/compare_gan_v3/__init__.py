"""What compare_gan v3 leaves: its weights, into our networks and back under its names, and its gin configurations."""

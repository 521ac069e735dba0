"""How anything is computed, whatever the GAN: precision, replicas, layer state, random numbers, devices."""

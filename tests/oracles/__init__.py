"""What compare_gan computed, to compare with: its networks, its recorded numbers, its parameter counts."""

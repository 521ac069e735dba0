"""The training of one task: its loop and its compiled steps."""

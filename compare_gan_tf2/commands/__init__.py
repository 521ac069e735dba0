"""One module per executable: flags in, exit code out."""

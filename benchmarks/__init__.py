"""Commands that print numbers, each against a peer or a judge in the same run."""

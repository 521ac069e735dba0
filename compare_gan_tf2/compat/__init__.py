"""Work-arounds for other people's packages, each with its reason; the only place that has any."""

"""Feature extractors behind the metrics; the file's name is the extractor's name."""

"""Zero-shot classification of photos."""

"""Subcrop-caption matching and negatives."""

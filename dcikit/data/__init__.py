"""A release folder -> records -> rows."""

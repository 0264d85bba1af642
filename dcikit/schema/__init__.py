"""What every room agrees on: features, region keys, negative kinds, score titles, errors."""

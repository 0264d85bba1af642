"""Files that are written whole, and untrusted ones that are read strictly."""

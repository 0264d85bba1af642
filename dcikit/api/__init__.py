"""The application: what the command line can, Python can, in one call."""

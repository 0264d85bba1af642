"""The `dci` command: the only place that prints."""

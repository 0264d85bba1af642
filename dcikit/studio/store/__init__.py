"""What annotators write: each change goes into a journal, then into the release's own files."""

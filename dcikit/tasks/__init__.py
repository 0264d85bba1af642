"""Which items a question needs, and what their encodings are worth; one folder a task."""

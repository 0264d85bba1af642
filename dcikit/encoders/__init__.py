"""A model -> embeddings, or scores of pairs; one file a family."""

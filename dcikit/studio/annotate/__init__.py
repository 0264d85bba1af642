"""`dci annotate`: short description, every mask, final description, as in the paper."""

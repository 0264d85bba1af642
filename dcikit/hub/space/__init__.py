"""The pages of published metrics: what each of them asks, of one image."""

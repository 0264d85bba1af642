"""The web app: a dataset explored, annotated and reviewed in the browser; needs no network, and no build step."""

"""The Hugging Face Hub: export and publish the data and the metric, results on the Hub, getting the data."""

"""Everything behind the doors `dci_dataset` and `dci_metric` and the `dci` command."""

"""Items and an encoder -> encoded items; knows no task."""

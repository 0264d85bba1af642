"""What results mean: compare, slices, reports."""

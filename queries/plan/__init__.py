"""What planning a batch costs: no rows, no fits."""

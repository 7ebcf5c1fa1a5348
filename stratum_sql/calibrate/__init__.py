"""Measuring the cost model's coefficients on this machine: small batches over made-up rows, timed by operator."""

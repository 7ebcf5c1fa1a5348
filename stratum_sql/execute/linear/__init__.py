"""Linear models from sums of products: cells of rows, sums, normal equations, coefficients, scores."""

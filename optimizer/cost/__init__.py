"""What a plan costs: sizes of values, seconds of operators, from formulas with coefficients measured on the machine."""

"""Kept models in the forms of other programs, and models of other programs as kept ones."""

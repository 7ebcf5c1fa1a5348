"""Scripts of pandas and scikit-learn, alone and a hundred at once."""

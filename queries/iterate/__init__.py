"""The agents' statements sent twice, the second time with a few of them changed."""

"""The logical plan: operators are frozen values, a batch is one graph of them in which equal work is one node."""

"""Linear models alone: twelve feature sets, each under many penalties."""

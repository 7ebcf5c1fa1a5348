"""What a GPU gains: the same work on it and on the CPU of the same machine."""

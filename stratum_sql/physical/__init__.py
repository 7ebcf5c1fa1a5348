"""From the logical graph to a schedule: in what order nodes run, and when their values may be forgotten."""

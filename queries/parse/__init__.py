"""What statements cost before any row is read: they are parsed, bound and planned, and not run."""

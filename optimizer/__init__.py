"""The optimizer: a batch of plans in, a batch of cheaper plans with shared parts out. `RULES.md` lists the rules."""

"""One session for many processes: `stratum serve` and its client. docs/serve-design.md has the protocol."""

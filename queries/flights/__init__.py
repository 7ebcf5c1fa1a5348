"""The main workload: eleven attempts at the delays of 2013's flights from New York."""

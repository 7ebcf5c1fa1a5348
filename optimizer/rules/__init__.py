"""One rule, one file, one name: the file, the function, its `.plan` fixture, EXPLAIN's word and the switch."""

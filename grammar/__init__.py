"""The language: text in, statements out. Knows words, not tables."""

"""Benchmarks of a deploy against other tools that do the same."""

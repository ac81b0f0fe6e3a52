"""Benchmarks of the demo Space: how well a summary does what its prompt asks for."""

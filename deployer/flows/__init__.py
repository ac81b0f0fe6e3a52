"""Verbs: they take the world, return data and print nothing."""

"""A Space as the Hub describes it, and its settings."""

"""A Space as the Hub tells of it, and its settings."""

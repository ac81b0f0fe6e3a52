"""What a deploy plans, commits and records, and how it ends."""

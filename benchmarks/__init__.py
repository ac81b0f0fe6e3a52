"""What a deploy costs, measured side by side with the other ways to do the same."""

"""Ends as it starts."""

import sys

print("I looked for my model, and there is none.")
sys.exit(3)

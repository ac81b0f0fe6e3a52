"""The only code that touches git, the disk, the Hub, the app or time."""

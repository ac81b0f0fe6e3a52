"""Access to everything outside the process: git, the disk, the Hub, the app, the clock."""

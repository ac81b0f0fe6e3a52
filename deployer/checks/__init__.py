"""What is checked before anything is uploaded. Asks no Hub."""

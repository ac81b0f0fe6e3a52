"""What is deployed: the files of a snapshot, the rules that exclude files, git tree ids."""

"""What is deployed: the files of a snapshot, the ignore rules, git trees by their ids."""

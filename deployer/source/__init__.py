"""What is deployed: the files of a snapshot, the rules that leave files out, trees by their git ids."""

"""Pure text from results: for a terminal, for a job summary, for a machine."""

"""One short file for each verb of the command line: parse, flow, report."""

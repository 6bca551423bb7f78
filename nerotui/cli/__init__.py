"""The command line: a thin twin of the fleet, the only writer to stdout, the only maker of exit codes."""

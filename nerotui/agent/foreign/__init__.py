"""Runs that nerotui did not start: their logs, who writes them, what may be done to them."""

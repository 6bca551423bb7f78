"""Processes of this host: who they are, which belong to a run, and signals to them."""

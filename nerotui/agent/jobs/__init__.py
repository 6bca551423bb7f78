"""Runs that a scheduler's jobs carry out: what such a run's folder holds, and what is asked about it."""

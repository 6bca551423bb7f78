"""Formats whose meaning spreads over lines or columns, one a file; each is imported when a log first looks like it."""

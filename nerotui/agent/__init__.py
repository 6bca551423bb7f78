"""What runs on a host: standard library only, Python 3.6 or later, and nothing else of nerotui."""

"""A run on its host: its folder, what was asked, what is proved about it, and what may be asked of it."""

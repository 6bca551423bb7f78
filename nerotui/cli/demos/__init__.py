"""Small real training programs for `nerotui demo`; each runs on its own, with nothing but Python."""

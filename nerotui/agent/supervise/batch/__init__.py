"""An attempt that a scheduler's job carries out: which job that is, what it allows, what its end means."""

"""What "submit" and "act" mean on a host: one small protocol, one file a kind of host."""

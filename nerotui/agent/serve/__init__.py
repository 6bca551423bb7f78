"""The far end of a channel: one loop that answers one link."""

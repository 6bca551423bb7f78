"""What a careful colleague would say of a run, by its points, its log and its host; and the user's own rules."""

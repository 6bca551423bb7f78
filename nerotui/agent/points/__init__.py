"""Points of metrics on their way to whoever looks: history, followed, thinned out."""

"""View models: what a pane shows, made from records by pure functions, drawn by widgets."""

"""The console: widgets that draw view models, screens that hold them, one bridge to the fleet."""

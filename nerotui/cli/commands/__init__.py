"""The commands, one theme a file; `nerotui.cli.app` loads the one that is called."""

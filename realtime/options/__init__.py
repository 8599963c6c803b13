"""The options of the commands, imported before any command is."""

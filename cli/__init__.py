"""The command line: one file per command, and the one place where the house is put together."""

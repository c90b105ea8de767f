"""The layouts of data folders, a reader each."""

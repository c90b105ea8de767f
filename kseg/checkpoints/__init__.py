"""Weights from elsewhere: readers of their files, and how they come into a network."""

"""Pooling with and without indices, and the ways back up."""

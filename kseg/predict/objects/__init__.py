"""Prediction with networks that find objects."""

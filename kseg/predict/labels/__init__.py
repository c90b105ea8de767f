"""Prediction with networks that give a label map."""

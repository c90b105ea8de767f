"""Boxes: anchors, codes, overlaps, matching, sampling, non-maximum suppression."""

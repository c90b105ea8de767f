"""Features and masks of regions, from boxes."""

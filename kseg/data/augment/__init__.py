"""Random changes of images with their truth: geometry, brightness, noise."""

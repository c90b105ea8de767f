"""Small networks of our own, on any backbone, after FCN and U-Net."""

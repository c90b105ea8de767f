"""Images without Keras or TensorFlow: files, intensities, sizes and colours.

Only NumPy and cv2 are loaded (tifffile where a TIFF is read), because prediction from a
bundle runs on these alone.
"""

from kseg.imaging.intensity import Intensity, to_channels
from kseg.imaging.io import list_images, read_image, write_png
from kseg.imaging.masks import read_mask
from kseg.imaging.palette import default_palette, voc_palette
from kseg.imaging.resizing import letterbox, resize, resize_nearest

__all__ = [
    "Intensity",
    "default_palette",
    "letterbox",
    "list_images",
    "read_image",
    "read_mask",
    "resize",
    "resize_nearest",
    "to_channels",
    "voc_palette",
    "write_png",
]

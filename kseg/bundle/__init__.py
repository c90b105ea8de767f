"""The bundle: one ``.tflite`` file that also says what its numbers mean."""

from kseg.bundle.reading import Bundle, read
from kseg.bundle.writing import FORMAT_VERSION, default_stride, write

__all__ = ["FORMAT_VERSION", "Bundle", "default_stride", "read", "write"]

"""The bundle: one ``.tflite`` file that also says what its numbers mean."""

from kseg.bundle.file import FORMAT_VERSION, Bundle, default_stride, read, write

__all__ = ["FORMAT_VERSION", "Bundle", "default_stride", "read", "write"]

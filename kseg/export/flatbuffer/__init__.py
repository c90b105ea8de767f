"""The ``.tflite`` file itself: formats, operators, and the runtimes they need."""

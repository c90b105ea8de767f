"""What an image shows, by the kind of data set: label maps, or objects.

Both modules have the same functions; ``kseg.data.sides.SIDES`` chooses.
"""

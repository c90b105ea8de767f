"""The one place of the data layer that knows label maps from objects.

``SIDES[dataset.kind].function(...)``: nobody else compares the kind.
"""

from kseg.data.truth import labels, objects

SIDES = {"labels": labels, "instances": objects}

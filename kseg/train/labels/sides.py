"""Where networks that give a label map ask what they learn from.

By the kind of a `kseg.data.Dataset`.
"""

from kseg.train.labels import id_maps, label_maps

SIDES = {"labels": label_maps, "instances": id_maps}


def side_of(dataset):
    """The side of a data set."""
    return SIDES[dataset.kind]

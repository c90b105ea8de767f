"""A phone-sized Mask R-CNN for nuclei in fluorescence microscopy.

    Command   python export/mask_rcnn_nuclei.py --data DSB2018
    Time      75 minutes of training on 2 cores, a quarter of an hour for the rest
    Expected  int8 of 5.1 MB, mask_ap 0.66 on the 54 images of fluorescence_val

docs/mask_rcnn.md has what the numbers mean.
"""

from kseg.cli.release import main
from kseg.export.release.artefact import Artefact

ARTEFACT = Artefact(
    name="mask-rcnn-nuclei",
    recipe="mask-rcnn-nuclei",
    data="DSB2018",
    splits=("fluorescence_train", "fluorescence_val", "fluorescence_val"),
    scores=("mask_ap", "objects_50", "objects_70"),
    training={"minutes": 75.0},
    sample=True,
)

if __name__ == "__main__":
    main(ARTEFACT, __file__)

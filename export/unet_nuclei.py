"""A small U-Net for nuclei in fluorescence microscopy, trained from scratch.

    Command   python export/unet_nuclei.py --data DSB2018
    Time      30 minutes of training on 2 cores, a few for the rest
    Expected  int8 of 2.1 MB, objects_50 0.80 on the 54 images of fluorescence_val

docs/unet.md has what the numbers mean. Mixed precision is bfloat16, for processors that
have instructions for it.
"""

from kseg.cli.release import main
from kseg.export.release.artefact import Artefact

ARTEFACT = Artefact(
    name="unet-nuclei",
    recipe="unet",
    data="DSB2018",
    splits=("fluorescence_train", "fluorescence_val", "fluorescence_val"),
    scores=("objects_50", "objects_70"),
    training={"minutes": 30.0, "mixed_precision": True},
    sample=True,
)

if __name__ == "__main__":
    main(ARTEFACT, __file__)

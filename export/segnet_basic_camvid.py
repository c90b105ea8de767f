"""SegNet-Basic at half the resolution for CamVid's street scenes, from scratch.

    Command   python export/segnet_basic_camvid.py --data CAMVID
    Time      45 minutes of training on 2 cores, a few for the rest
    Expected  int8 of 1.8 MB, mean_iou 0.39 on the 233 test images

CamVid is for research only, and so are bundles made of it: they are not published.
docs/segnet.md has what the numbers mean, and why it is not the paper's training.
"""

from kseg.cli.release import main
from kseg.export.release.artefact import Artefact

ARTEFACT = Artefact(
    name="segnet-basic-camvid",
    recipe="segnet-basic-half-camvid",
    data="CAMVID",
    splits=("train", "val", "test"),
    scores=("mean_iou",),
    training={"minutes": 45.0, "mixed_precision": True},
)

if __name__ == "__main__":
    main(ARTEFACT, __file__)

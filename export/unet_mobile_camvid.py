"""A phone-sized U-Net on EfficientNet-Lite0 for CamVid's street scenes.

    Command   python export/unet_mobile_camvid.py --data CAMVID
    Time      65 minutes of training on 2 cores, a few for the rest
    Expected  int8 of 3.9 MB, mean_iou 0.65 on the 233 test images

CamVid is for research only, and so are bundles made of it: they are not published.
docs/unet.md has what the numbers mean.
"""

from kseg.cli.release import main
from kseg.export.release.artefact import Artefact

ARTEFACT = Artefact(
    name="unet-mobile-camvid",
    recipe="unet-mobile-camvid",
    data="CAMVID",
    splits=("train", "val", "test"),
    scores=("mean_iou",),
    training={"minutes": 65.0},
)

if __name__ == "__main__":
    main(ARTEFACT, __file__)

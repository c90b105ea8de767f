import numpy as np
import pytest

from kseg.imaging import default_palette, voc_palette
from kseg.imaging.palette import colour_codes


@pytest.mark.parametrize("classes", [1, 2, 21, 256])
def test_background_is_black_and_all_differ(classes):
    palette = default_palette(classes)
    assert palette[0] == (0, 0, 0)
    assert len(palette) == len(set(palette)) == classes
    assert all(0 <= value <= 255 for colour in palette for value in colour)


def test_more_classes_keep_the_colours_of_fewer():
    assert default_palette(30)[:5] == default_palette(5)


def test_voc_palette():
    # As VOClabelcolormap has them; 255 is the cream of the "void" borders.
    palette = voc_palette(256)
    assert palette[:4] == ((0, 0, 0), (128, 0, 0), (0, 128, 0), (128, 128, 0))
    assert palette[8] == (64, 0, 0) and palette[15] == (192, 128, 128)
    assert palette[20] == (0, 64, 128) and palette[255] == (224, 224, 192)
    assert len(set(palette)) == 256 and voc_palette(21) == palette[:21]
    with pytest.raises(ValueError, match="Received: classes=257"):
        voc_palette(257)


def test_colour_codes():
    colours = np.array([[0, 0, 1], [0, 1, 0], [255, 254, 253]], np.uint8)
    assert colour_codes(colours).tolist() == [0x000001, 0x000100, 0xFFFEFD]


def test_no_classes():
    with pytest.raises(ValueError, match="Received: classes=0"):
        default_palette(0)

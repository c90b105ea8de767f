"""Bad data, one kind a line: each ends in one error that names the file and the remedy.

Every case makes a folder that would be good but for one thing, and does what training
does: open it and read each image and mask.
"""

from pathlib import Path

import cv2
import numpy as np
import pytest
import tifffile

from kseg.data import open_dataset
from kseg.errors import DataError
from kseg.imaging import Intensity
from tests.data.folders import (
    ids,
    image,
    instance_folder,
    label_folder,
    labels,
    stage1_folder,
    write,
    write_list,
)

CASES = {}


def case(names: str, remedy: str, make=label_folder, **options):
    """Add a kind of bad input: what the message names and advises, and how to open."""

    def add(spoil):
        CASES[spoil.__name__] = (spoil, names, remedy, make, options)
        return spoil

    return add


@case("images/b.png", "Replace or remove")
def undecodable_png(root):
    path = root / "images" / "b.png"
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 255
    path.write_bytes(data)


@case("images/b.png", "Copy the file again")
def truncated_png(root):
    path = root / "images" / "b.png"
    path.write_bytes(path.read_bytes()[:-30])


@case("images/b.jpg", "Copy the file again")
def truncated_jpeg(root):
    (root / "images" / "b.png").unlink()
    path = write(root / "images" / "b.jpg", image())
    path.write_bytes(path.read_bytes()[:-50])


@case("images/b.tif", "Copy the file again")
def truncated_tiff(root):
    (root / "images" / "b.png").unlink()
    path = root / "images" / "b.tif"
    tifffile.imwrite(path, image(), metadata=None)
    path.write_bytes(path.read_bytes()[:-40])


@case("images/b.png", "Copy the file again or remove")
def empty_file(root):
    (root / "images" / "b.png").write_bytes(b"")


@case("images/b.png", "Replace or remove")
def text_named_png(root):
    (root / "images" / "b.png").write_text("not an image")


@case("masks/b.png", "Replace or remove")
def undecodable_mask(root):
    (root / "masks" / "b.png").write_text("not an image")


@case("masks/b.png", "without resizing")
def mask_of_another_size(root):
    write(root / "masks" / "b.png", labels((30, 20)))


@case("masks/b.png", "classes.txt")
def label_out_of_range(root):
    (root / "classes.txt").write_text("background\nroad\ncar\n")
    write(root / "masks" / "b.png", labels(classes=4))


@case("masks/b.png", "classes.txt")
def colour_of_no_class(root):
    (root / "classes.txt").write_text("x 0 0 0\ny 1 1 1\nz 2 2 2\n")
    write(root / "masks" / "b.png", labels()[..., None] * np.uint8([1, 1, 3]))


@case("masks/b.png", "16-bit gray PNG", make=instance_folder)
def ids_saved_as_8_bit_colours(root):
    hues = np.random.default_rng(0).integers(0, 256, (5, 3), np.uint8)
    write(root / "masks" / "b.png", hues[ids()])


@case("masks/b.jpg", "as PNG")
def lossy_mask(root):
    (root / "masks" / "b.png").unlink()
    write(root / "masks" / "b.jpg", labels())


@case("masks/b.tif", "class numbers or instance ids")
def mask_of_fractions(root):
    (root / "masks" / "b.png").unlink()
    tifffile.imwrite(root / "masks" / "b.tif", labels().astype(np.float32) / 4)


@case("masks/b.png", "Save the mask as gray")
def mask_of_16_bit_colours(root):
    write(root / "masks" / "b.png", image(channels=3).astype(np.uint16))


@case("masks/b.png", 'format "dsb2018"', format="folder")
def ids_read_as_labels(root):
    write(root / "masks" / "b.png", np.full((20, 30), 300, np.uint16))


@case("masks/a.png", "16-bit gray", format="folder")
def smoothed_colours(root):
    write(root / "masks" / "a.png", image(channels=3))


@case("images/b.png", "Add the mask or remove")
def missing_mask(root):
    (root / "masks" / "b.png").unlink()


@case("", "masks/, under the same names")
def no_masks_folder(root):
    (root / "masks").rename(root / "truth")


@case("", "images in images/")
def no_images_folder(root):
    (root / "images").rename(root / "pictures")


@case("images", ".png, .jpg or .tif")
def no_images(root):
    for file in (root / "images").iterdir():
        file.rename(file.with_suffix(".raw"))


@case("", "images in images/", make=None)
def empty_folder(root):
    root.mkdir()


@case("", "Check the path", make=None)
def missing_folder(root):
    pass


@case("", "Check the path", make=None)
def file_in_place_of_a_folder(root):
    root.write_text("")


@case("", "Rename the masks")
def masks_of_other_names(root):
    for file in (root / "masks").iterdir():
        file.rename(file.with_name(f"mask_{file.name}"))


@case("images/b.png", "Remove or rename")
def two_images_of_one_name(root):
    write(root / "images" / "b.jpg", image())


@case("a/images", "Keep one image", make=stage1_folder)
def two_images_in_the_folder_of_one(root):
    write(root / "a" / "images" / "other.png", image())


@case("splits/val.txt", "Add the image or remove the line", split="val")
def list_naming_a_missing_image(root):
    write_list(root, "val", "a", "lost")


@case("splits/val.txt", "Write one image name a line", split="val")
def list_without_names(root):
    write_list(root, "val")


@case("classes.txt", "Write one class name a line")
def classes_that_are_no_text(root):
    (root / "classes.txt").write_bytes(b"\xff\xfe\x00\x80")


@case("", "Choose one of them", split="night")
def unknown_split(root):
    pass


@case(None, "Choose one of them", format="kitti")
def unknown_format(root):
    pass


@case("images/b.png", "Give an intensity rule", intensity=Intensity())
def deep_image_without_a_rule(root):
    write(root / "images" / "b.png", image().astype(np.uint16))


@case("images/b.tif", "Save each plane as a file")
def stack_of_planes(root):
    (root / "images" / "b.png").unlink()
    tifffile.imwrite(root / "images" / "b.tif", np.zeros((40, 20, 50), np.uint8))


@case("images/b.tif", "channels")
def five_channels_for_three(root):
    (root / "images" / "b.png").unlink()
    tifffile.imwrite(root / "images" / "b.tif", np.zeros((5, 20, 30), np.uint8))


def read_all(root, **options):
    dataset = open_dataset(root, **options)
    for index in range(len(dataset)):
        dataset.image(index)
        dataset.target(index)


@pytest.mark.parametrize("kind", CASES)
def test_one_clear_error(tmp_path, kind, capfd):
    spoil, names, remedy, make, options = CASES[kind]
    root = tmp_path / "data"
    if make:
        read_all(make(root), **{k: options[k] for k in options if k == "intensity"})
    spoil(root)
    with pytest.raises(DataError) as caught:
        read_all(root, **options)
    message = str(caught.value)
    assert remedy in message and "\n" not in message
    if names is not None:
        assert message.startswith(f"{root / names}: ")
    assert "Traceback" not in capfd.readouterr().err


def test_a_folder_that_may_not_be_listed(tmp_path, monkeypatch):
    def refuse(path):
        raise PermissionError(13, "Permission denied", str(path))

    label_folder(tmp_path)
    monkeypatch.setattr(Path, "iterdir", refuse)  # chmod does not stop root
    with pytest.raises(DataError, match=r"Permission denied\). Check its permissions"):
        open_dataset(tmp_path)


def test_a_file_that_may_not_be_read(tmp_path, monkeypatch):
    label_folder(tmp_path)
    read_bytes = Path.read_bytes

    def refuse(path):
        if path.name == "b.png":
            raise PermissionError(13, "Permission denied", str(path))
        return read_bytes(path)

    monkeypatch.setattr(Path, "read_bytes", refuse)
    with pytest.raises(DataError, match=r"b\.png: .*Permission denied.*permissions"):
        read_all(tmp_path)


@pytest.mark.parametrize(
    "options", [{"low": -1}, {"high": 101}, {"low": 60, "high": 40}]
)
def test_bad_percentiles(options):
    with pytest.raises(ValueError, match="Received: rule='percentile', low="):
        Intensity("percentile", **options)


def test_a_jpeg_that_only_claims_to_be_one(tmp_path):
    label_folder(tmp_path)
    path = tmp_path / "images" / "b.png"
    whole = cv2.imencode(".jpg", image())[1].tobytes()
    path.write_bytes(whole[: whole.index(b"\xff\xda")] + b"\xff\xda\xff\xd9")
    with pytest.raises(DataError, match=r"b\.png: cannot be decoded"):
        read_all(tmp_path)

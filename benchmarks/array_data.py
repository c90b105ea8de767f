"""Label maps as arrays in one .npz file, and batches of crops of them in NumPy and cv2.

For `train_on_jax.py`: kseg's own input pipeline is TensorFlow's.
"""

import json
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import cv2
import keras
import numpy as np

from kseg.files import atomic_path
from kseg.imaging import Intensity

# What `Crops` follows of `kseg.data.Augment`, at the values that change nothing.
KNOWN = {
    "flip": False,
    "turn": False,
    "rotate": 0.0,
    "scale": (1.0, 1.0),
    "brightness": 0.0,
    "contrast": 0.0,
    "gamma": 0.0,
    "noise": 0.0,
    "blur": 0.0,
}
BLUR_SHARE = 1 / 3  # of the crops, as there


@dataclass(frozen=True)
class ArrayDataset:
    """Images and label maps in memory, with the interface of `kseg.data.Dataset`.

    Args:
        names: Of the images.
        images: (H, W, channels) uint8 each, of any sizes.
        targets: (H, W) uint8 each, labels or ``ignore_label``.
        class_names: By label.
        palette: (red, green, blue) of each class.
        ignore_label: Of pixels that count nowhere.
        intensity: The rule by which the files became these images.
    """

    names: list[str]
    images: list[np.ndarray]
    targets: list[np.ndarray]
    class_names: tuple[str, ...]
    palette: tuple[tuple[int, int, int], ...]
    ignore_label: int
    intensity: Intensity = Intensity()

    kind = "labels"

    def __len__(self) -> int:
        return len(self.names)

    @property
    def items(self):
        return [SimpleNamespace(name=name) for name in self.names]

    @property
    def channels(self) -> int:
        return self.images[0].shape[-1]

    def image(self, index: int) -> np.ndarray:
        return self.images[index]

    def target(self, index: int) -> np.ndarray:
        return self.targets[index]


def write_arrays(path: Path, datasets: Mapping[str, Any], data: dict) -> None:
    """Write label-map data sets into one compressed .npz file.

    Args:
        path: The file.
        datasets: "train" and "val" to `kseg.data.Dataset`.
        data: Where they came from, as `kseg.train.loop.train` takes it.

    Raises:
        DataError: A file cannot be used; it is named.
        ValueError: A data set holds instances.
    """
    arrays, about = {}, {"data": data, "splits": {}}
    for split, dataset in datasets.items():
        if dataset.kind != "labels":
            raise ValueError(
                f"Expected label maps. Received: a data set of {dataset.kind}. Train "
                "on those with `kseg train`, or read the masks as label maps with "
                "--format folder."
            )
        about["splits"][split] = [item.name for item in dataset.items]
        about["class_names"] = dataset.class_names
        about["palette"] = dataset.palette
        about["ignore_label"] = dataset.ignore_label
        about["intensity"] = dataset.intensity.to_dict()
        for i in range(len(dataset)):
            arrays[f"{split}/{i}/image"] = dataset.image(i)
            arrays[f"{split}/{i}/target"] = dataset.target(i).astype(np.uint8)
    with atomic_path(path) as temporary:
        np.savez_compressed(temporary, about=json.dumps(about), **arrays)


def read_arrays(path: Path) -> tuple[dict[str, ArrayDataset], dict]:
    """What `write_arrays` wrote: its data sets, and where they came from."""
    with np.load(path) as file:
        about = json.loads(str(file["about"]))
        common = {
            "class_names": tuple(about["class_names"]),
            "palette": tuple(map(tuple, about["palette"])),
            "ignore_label": about["ignore_label"],
            "intensity": Intensity.from_dict(about["intensity"]),
        }
        datasets = {
            split: ArrayDataset(
                names,
                [file[f"{split}/{i}/image"] for i in range(len(names))],
                [file[f"{split}/{i}/target"] for i in range(len(names))],
                **common,
            )
            for split, names in about["splits"].items()
        }
    return datasets, about["data"]


class Crops(keras.utils.PyDataset):
    """An epoch of training: a random crop of each image, drawn from (seed, epoch).

    Batches are made ahead by threads of its own: those of ``PyDataset`` keep what they
    made too much, such as the batch that ``fit`` builds a network with, for the next
    epoch, and a resumed training would not see what an uninterrupted one sees.

    Args:
        dataset: The images.
        size: (h, w) of the crops in pixels; an image that is smaller is mirrored.
        batch_size: Crops in a batch; the last one is filled from another permutation.
        augment: Arguments of `kseg.data.Augment`, of which `KNOWN` are followed.
        seed: The same seed gives the same batches.
        workers: Threads; twice as many batches are made ahead.
    """

    def __init__(self, dataset, size, batch_size, augment, seed=0, workers=2):
        super().__init__()
        self.dataset = dataset
        self.size = size
        self.batch_size = batch_size
        self.augment = KNOWN | {k: augment[k] for k in KNOWN if k in augment}
        self.seed = seed
        self._pool = ThreadPoolExecutor(workers)
        self._ahead = 2 * workers
        self.start(0)

    def start(self, epoch: int) -> None:
        """Draw the order of an epoch, counted from 0."""
        generator = np.random.default_rng((self.seed, epoch))
        length = len(self) * self.batch_size
        rounds = -(-length // len(self.dataset))
        order = [generator.permutation(len(self.dataset)) for _ in range(rounds)]
        order = np.concatenate(order)[:length].reshape(len(self), self.batch_size)
        seeds = generator.integers(2**63, size=order.shape)
        self._epoch = order, seeds
        self._made = {}

    def __len__(self) -> int:
        return -(-len(self.dataset) // self.batch_size)

    def __getitem__(self, batch: int) -> tuple[np.ndarray, np.ndarray]:
        """(B, h, w, C) uint8 and (B, h, w) uint8."""
        order, seeds = self._epoch
        for i in range(batch, min(batch + self._ahead, len(self))):
            if i not in self._made:
                self._made[i] = self._pool.submit(self._batch, order[i], seeds[i])
        return self._made.pop(batch).result()

    def _batch(self, order, seeds) -> tuple[np.ndarray, np.ndarray]:
        images, targets = zip(*map(self._crop, order, seeds), strict=True)
        return np.stack(images), np.stack(targets)

    def _crop(self, index: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
        generator = np.random.default_rng(seed)
        image, target = self.dataset.image(index), self.dataset.target(index)
        inverse = draw_inverse(generator, target.shape, self.size, self.augment)
        image = warp(image, inverse, self.size, cv2.INTER_LINEAR)
        image = image.reshape(*self.size, -1)  # cv2 drops a single channel
        image = change_pixels(generator, image, self.augment)
        return image, warp(target, inverse, self.size, cv2.INTER_NEAREST)


def draw_inverse(generator, image_size, size, augment) -> np.ndarray:
    """Draw the affine map from pixels (x, y) of a crop to those of its image.

    Flipped one time in two, turned by quarters and rotated, magnified by a factor drawn
    evenly in its logarithm, and anywhere in the image, or the image anywhere in it.

    Args:
        generator: A ``numpy.random.Generator``.
        image_size: (H, W) of the image.
        size: (h, w) of the crop.
        augment: ``flip``, ``turn``, ``rotate`` and ``scale``.

    Returns:
        (2, 3) float64, what ``cv2.warpAffine`` takes.
    """
    scale = np.exp(generator.uniform(*np.log(augment["scale"])))
    flipped = generator.random() < 0.5 and augment["flip"]
    turns = int(generator.integers(4)) if augment["turn"] else 0
    angle = np.radians(generator.uniform(-1, 1) * augment["rotate"])
    place = generator.uniform(-1, 1, 2)
    return inverse_map(image_size, size, flipped, turns, angle, scale, place)


def inverse_map(image_size, size, flipped, turns, angle, scale, place) -> np.ndarray:
    """The affine map of `kseg.data.augment.warp`, for pixels (x, y): from a crop to its
    image.

    Where nothing scales or rotates, whole pixels are copied.

    Args:
        image_size: (H, W) of the image.
        size: (h, w) of the crop.
        flipped: Left to right.
        turns: Quarters, counter-clockwise, 0 to 3.
        angle: Counter-clockwise, radians.
        scale: Magnification.
        place: (x, y) of the crop in the room it has, -1..1.

    Returns:
        (2, 3) float64.
    """
    angle = angle + turns * np.pi / 2
    cosine, sine = np.cos(angle), np.sin(angle)
    matrix = np.array([[cosine, -sine], [sine, cosine]]) / scale
    if flipped:
        matrix[0] *= -1
    source, extent = np.array(image_size[::-1]), np.array(size[::-1])
    room = np.abs(source - (extent[::-1] if turns % 2 else extent) / scale) / 2
    first = (source - 1) / 2 + place * room - matrix @ ((extent - 1) / 2)
    return np.column_stack([matrix, np.round(first)])


def warp(pixels: np.ndarray, inverse, size, interpolation: int) -> np.ndarray:
    """Read an image or a label map at a crop's places, mirrored beyond its edges."""
    return cv2.warpAffine(
        pixels,
        inverse,
        tuple(size[::-1]),
        flags=interpolation | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_REFLECT_101,
    )


def change_pixels(generator, image: np.ndarray, augment) -> np.ndarray:
    """Blur one crop in three, then change its grey values; uint8 (h, w, C) both."""
    names = ("gamma", "contrast", "brightness")
    gamma, contrast, brightness = np.exp(
        generator.uniform(-1, 1, 3) * [augment[name] for name in names]
    )
    noise = generator.random() * augment["noise"]
    sigma = generator.random() * augment["blur"]
    if generator.random() < BLUR_SHARE and sigma > 0:
        radius = int(np.ceil(3 * augment["blur"]))
        image = blur(image.astype(np.float32), sigma, radius)
    if any(augment[name] for name in (*names, "noise")):
        grain = noise * generator.standard_normal(image.shape, np.float32)
        image = photometric(image, gamma, contrast, brightness, grain)
    return np.clip(np.rint(image), 0, 255).astype(np.uint8)


def blur(image: np.ndarray, sigma: float, radius: int) -> np.ndarray:
    """`kseg.data.augment.photometric.gaussian_blur`: float32 (h, w, C)."""
    kernel = cv2.getGaussianKernel(2 * radius + 1, sigma, cv2.CV_32F)
    border = cv2.BORDER_REFLECT_101
    blurred = cv2.sepFilter2D(image, cv2.CV_32F, kernel, kernel, borderType=border)
    return blurred.reshape(image.shape)  # cv2 drops a single channel


def photometric(image, gamma, contrast, brightness, grain) -> np.ndarray:
    """As `kseg.data.augment.photometric`: ``b (m + c (y - m + s n))``, ``y = M (x /
    M)^gamma``.

    Args:
        image: (h, w, C), 0..255; M is its greatest value.
        gamma: Exponent.
        contrast: c, about the mean m of y.
        brightness: b.
        grain: n, noise of the image's shape in units of the deviation s of y.

    Returns:
        float32 (h, w, C), not clipped.
    """
    greatest = np.float32(max(image.max(), 1))
    y = greatest * (image / greatest) ** np.float32(gamma)
    mean = y.mean(dtype=np.float64)
    y = mean + contrast * (y - mean + y.std(dtype=np.float64) * grain)
    return np.float32(brightness * y)

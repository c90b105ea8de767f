"""``kseg export``: one .tflite file of builtin operators from a run."""

from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer

from kseg.cli.console import Format, open_like, say, start_tensorflow

CALIBRATION_IMAGES = 100
CHECK_IMAGES = 16


def export(
    run: Annotated[Path, typer.Argument(help="A run folder.")],
    quantize: Annotated[
        str, typer.Option(help="float32, float16, dynamic or int8.")
    ] = "float32",
    calibrate: Annotated[
        Path | None,
        typer.Option(help="Data to calibrate and check with; the run's own if left."),
    ] = None,
    format: Format = None,
    split: Annotated[
        str, typer.Option(help="Images of --calibrate to calibrate with.")
    ] = "train",
    check_split: Annotated[
        str, typer.Option(help="Images of --calibrate to compare with Keras on.")
    ] = "val",
    size: Annotated[
        tuple[int, int] | None,
        typer.Option(metavar="H W", help="Input size; that of training by default."),
    ] = None,
    logits: Annotated[
        bool, typer.Option("--logits", help="Logits out instead of a label map.")
    ] = False,
    out: Annotated[
        Path | None, typer.Option(help="The file; RUN/export/NAME-FORMAT.tflite.")
    ] = None,
    saved_model: Annotated[
        bool, typer.Option("--saved-model", help="Write a SavedModel beside it too.")
    ] = False,
) -> None:
    """Convert, audit and compare with Keras; nothing is written if a check fails."""
    start_tensorflow()
    from kseg.errors import RunError
    from kseg.runs import Run

    record = Run(run).record
    metadata, own = record["metadata"], record["arguments"]
    if not calibrate and "data" not in own:
        raise RunError(
            f"Expected a run that says where its images came from. Received: {run}, "
            "which was trained from Python without. Name a data folder: --calibrate."
        )
    if calibrate:
        sets = [
            open_like(metadata, calibrate, format, name)
            for name in (split, check_split)
        ]
    else:
        # The very images of the run, less what --skip-bad left out.
        sets = [
            open_like(
                metadata, Path(own["data"]), own["format"], own[f"{part}_split"]
            ).subset(record["split"][part])
            for part in ("train", "val")
        ]
    report = export_run(
        run,
        *sets,
        quantize=quantize,
        size=size,
        output="logits" if logits else None,
        out=out,
        saved_model=saved_model,
    )
    say(str(report))


def export_run(
    run: Path,
    calibration_set,
    check_set,
    *,
    quantize: str = "float32",
    size: tuple[int, int] | None = None,
    output: str | None = None,
    out: Path | None = None,
    saved_model: bool = False,
) -> Any:
    """Export the best network of a run.

    Args:
        run: The run folder.
        calibration_set: Images that int8 takes its ranges from.
        check_set: Images, with masks or objects, on which the file is compared with
            Keras.
        quantize: ``float32``, ``float16``, ``dynamic`` or ``int8``.
        size: (H, W) of the input; that of training by default.
        output: As `kseg.export.to_tflite` takes it.
        out: The file.
        saved_model: Write a SavedModel folder beside the file too.

    Returns:
        The `kseg.export.ExportReport`.

    Raises:
        ExportError: The file failed a check; nothing was written.
        RunError: The folder is not a run.
    """
    import keras

    from kseg.export import to_saved_model, to_tflite
    from kseg.quiet import quiet_stderr
    from kseg.runs import Run

    found = Run(run)
    metadata = found.record["metadata"]
    size = tuple(size or metadata["input"]["size"])
    name = f"{metadata['name']}-{quantize}{'-logits' if output == 'logits' else ''}"
    path = Path(out) if out else Path(run) / "export" / f"{name}.tflite"
    target = found.record["target"]
    objects = metadata["task"] == "instances"
    tiles = instance_tiles if objects else label_tiles
    with quiet_stderr():  # of the converter; errors are raised as always
        model = keras.models.load_model(found.best, compile=False)
        calibration, _ = tiles(calibration_set, target, size, CALIBRATION_IMAGES)
        report = to_tflite(
            model,
            path,
            size=size,
            quantize=quantize,
            output=output,
            calibration=calibration,
            metadata=metadata,
            check=tiles(check_set, target, size, CHECK_IMAGES),
        )
        if saved_model:
            to_saved_model(model, path.with_suffix(""), size=size)
    return report


def label_tiles(
    dataset, target: dict[str, Any], size: tuple[int, int], count: int
) -> tuple[list, list]:
    """Up to ``count`` images and label maps of one size, evenly over a data set.

    They come from the pipeline that training uses, so that what the converter sees is
    what the network was trained on.

    Args:
        dataset: The images.
        target: Of the run: what `make_pipeline` makes of the masks.
        size: (H, W) in pixels.
        count: At most so many.

    Returns:
        Images (H, W, C) uint8, and label maps (H, W) uint8.
    """
    from kseg.data import make_pipeline

    pipeline = make_pipeline(
        _some(dataset, count),
        size=size,
        batch_size=1,
        training=False,
        **{**target, "weight_map": None},
    )
    pairs = [(image[0], label[0]) for image, label in _evenly(pipeline, count)]
    return [image for image, _ in pairs], [label for _, label in pairs]


def instance_tiles(
    dataset, target: dict[str, Any], size: tuple[int, int], count: int
) -> tuple[list, list]:
    """As `label_tiles`, with the objects of each image.

    Their masks are drawn from crops as the pipeline makes them, of 56 cells a side:
    both the file and Keras are scored against the same.

    Args:
        dataset: Images with objects.
        target: Of the run: what `make_instance_pipeline` makes of the objects.
        size: (H, W) in pixels.
        count: At most so many.

    Returns:
        Images (H, W, C) uint8, and ``kseg.data.Instances`` in their pixels.
    """
    from kseg.data import make_instance_pipeline

    pipeline = make_instance_pipeline(
        _some(dataset, count),
        size=size,
        batch_size=1,
        training=False,
        **{**target, "mask_size": 56, "max_instances": 1000},
    )
    pairs = [
        (image[0], _objects({k: v[0] for k, v in truth.items()}, size))
        for image, truth in _evenly(pipeline, count)
    ]
    return [image for image, _ in pairs], [truth for _, truth in pairs]


def _objects(truth, size):
    """``kseg.data.Instances`` from the padded objects of an image."""
    from kseg.data import Instances
    from kseg.data.objects import Object
    from kseg.predict.paste import paste_masks

    real = truth["classes"] > 0
    boxes, classes = truth["boxes"][real], truth["classes"][real]
    frames, masks = paste_masks(truth["masks"][real], boxes, size)
    objects = (
        Object(int(label), mask, (frame[0], frame[1]), box).trimmed()
        for label, mask, frame, box in zip(classes, masks, frames, boxes, strict=True)
    )
    return Instances.from_objects([one for one in objects if one], size)


def _some(dataset, count):
    """Up to about ``count`` items, evenly over a data set."""
    step = max(1, len(dataset) // count)
    return dataset.subset([item.name for item in dataset.items[::step][:count]])


def _evenly(pipeline, count):
    """Up to ``count`` elements: large images give many tiles, of which some of each."""
    total = len(pipeline)
    wanted = set(np.linspace(0, total - 1, min(count, total)).astype(int).tolist())
    elements = enumerate(pipeline.as_numpy_iterator())
    return [element for i, element in elements if i in wanted]

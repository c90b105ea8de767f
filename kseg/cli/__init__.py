"""The command line: a module per command, each a function with typed options.

TensorFlow is imported inside the commands, so that `kseg --help` is quick.
"""

import typer

from kseg.cli import (
    benchmark,
    check_data,
    demo,
    evaluate,
    export,
    models,
    predict,
    train,
)
from kseg.cli.console import run_app

app = typer.Typer(
    name="kseg",
    help="Train segmentation networks on your own images and turn each of them into "
    "one .tflite file of builtin operators.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.command()(train.train)
app.command()(evaluate.evaluate)
app.command()(predict.predict)
app.command()(export.export)
app.command()(benchmark.benchmark)
app.command("check-data")(check_data.check_data)
app.command()(models.models)
app.command()(demo.demo)


def main(arguments: list[str] | None = None) -> None:
    """Run a command; an error that a user can mend is one sentence, not a traceback.

    Set ``KSEG_DEBUG=1`` for the traceback.

    Args:
        arguments: What follows ``kseg``; None takes the process' own.
    """
    run_app(app, arguments)

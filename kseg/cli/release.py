"""The command line of the scripts of export/."""

from pathlib import Path
from typing import Annotated

import typer

from kseg.cli.console import bar, run_app, say, start_tensorflow
from kseg.export.release.artefact import Artefact


def main(artefact: Artefact, script: str, arguments: list[str] | None = None) -> None:
    """The command line of a script of export/.

    Args:
        artefact: What it makes.
        script: Its ``__file__``; the artefact goes beside it.
        arguments: What follows the script's name; None takes the process' own.
    """
    folder = Path(script).resolve().parent
    app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
    sample = "; the images that come with kseg if left" if artefact.sample else ""

    @app.command(help=f"Make {artefact.name}: four bundles, and their rows of a table.")
    def command(
        data: Annotated[
            Path | None, typer.Option(help=f"The folder {artefact.data}{sample}.")
        ] = None,
        run: Annotated[
            Path | None, typer.Option(help="A run to take, instead of training one.")
        ] = None,
        minutes: Annotated[
            float | None, typer.Option(help="Of training, instead of the recipe's.")
        ] = None,
        out: Annotated[
            Path | None,
            typer.Option(
                help="Folder of README.md, bundles/ and runs/; that of this script, or "
                "artefacts/ without --data.",
                show_default=False,
            ),
        ] = None,
    ) -> None:
        start_tensorflow()
        from kseg.export.release.release import release

        # What 80 small images give is not to replace what is published.
        place = out or (folder if data else Path("artefacts"))
        release(
            artefact,
            place,
            data=data,
            run=run,
            minutes=minutes,
            say=say,
            progress=bar,
        )

    run_app(app, arguments)

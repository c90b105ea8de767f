"""``kseg models``: the networks, and which of them have a training recipe."""

from kseg.cli.console import say, start_tensorflow


def models() -> None:
    """List the networks."""
    start_tensorflow()
    from kseg.models import MODELS
    from kseg.recipes import RECIPES

    say("Networks (kseg.models.NAME(...)):")
    for name, builder in MODELS.items():
        say(f"  {name:14} {builder.__doc__.splitlines()[0]}")
    say("Recipes (kseg train NAME --data DIR --out RUN):")
    for name in RECIPES:
        from kseg.recipes import get

        say(f"  {name:14} {get(name).__doc__.splitlines()[0]}")

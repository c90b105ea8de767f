"""``kseg models``: the networks, the recipes and the backbones."""

from kseg.cli.console import say, start_tensorflow


def models() -> None:
    """List the networks, the recipes to train them with, and the backbones."""
    start_tensorflow()
    from kseg.backbones import BACKBONES
    from kseg.models import MODELS
    from kseg.recipes import RECIPES, about, get

    say("Networks (kseg.models.NAME(...)), their parameters by default, their task:")
    _table(
        {
            name: f"{network.default_parameters:11,}  {network.task:9}  "
            + _first_line(network)
            for name, network in MODELS.items()
        }
    )
    say("Recipes (kseg train NAME --data DIR --out RUN; * takes --backbone):")
    _table(
        {
            name + " *" * (get(name).backbone is not None): about(name).splitlines()[0]
            for name in RECIPES
        }
    )
    say("Backbones (--backbone NAME, or backbone=NAME in Python):")
    _table({name: _first_line(builder) for name, builder in BACKBONES.items()})


def _first_line(documented) -> str:
    return documented.__doc__.splitlines()[0]


def _table(rows: dict[str, str]) -> None:
    width = max(map(len, rows))
    for name, text in rows.items():
        say(f"  {name:{width}}  {text}")

"""kseg.train.options: spelled once, and the same wherever they are shown."""

import inspect
from dataclasses import fields
from pathlib import Path

import pytest
import typer

from kseg import cli, recipes
from kseg.train.loop import train
from kseg.train.options import Options, completed, flag
from kseg.train.record import make_record

PAGE = Path(__file__).parents[2] / "docs" / "training.md"


def row(option):
    """Of the table in docs/training.md."""
    value = f" {option.metadata.get('metavar', 'X')}" if option.type is not bool else ""
    start = f"| `{flag(option)}{value}` | `{option.name}` |"
    return f"{start} {option.metadata['help']} |"


@pytest.mark.parametrize("option", fields(Options), ids=lambda option: option.name)
def test_the_page_has_each(option):
    assert row(option) in PAGE.read_text("utf-8").splitlines()


def test_the_page_has_no_other():
    lines = PAGE.read_text("utf-8").splitlines()
    assert len([line for line in lines if line.startswith("| `--")]) == len(
        fields(Options)
    )


def test_the_command_has_each():
    command = typer.main.get_command(cli.app).commands["train"]
    parameters = {parameter.name: parameter for parameter in command.params}
    for option in fields(Options):
        found = parameters[option.name]
        assert found.opts == [flag(option)] and not found.required
        assert found.help == option.metadata["help"]
    size = parameters["image_size"]
    assert size.nargs == 2 and size.metavar == "H W"


@pytest.mark.parametrize("function", [train, make_record])
def test_python_has_each_as_a_keyword(function):
    found = inspect.signature(function).parameters
    for option in fields(Options):
        assert found[option.name].default == option.default
        assert found[option.name].kind is inspect.Parameter.KEYWORD_ONLY
    assert not any(p.kind is p.VAR_KEYWORD for p in found.values())


def test_one_that_does_not_exist_is_an_error(tmp_path):
    with pytest.raises(TypeError, match="batchsize"):
        train("unet", None, None, tmp_path / "run", batchsize=3)


@pytest.mark.parametrize(
    "options, message",
    [
        ({"epochs": 1, "minutes": 1}, "not both"),
        ({"epochs": 0}, "epochs above 0"),
        ({"minutes": -1}, "minutes above 0"),
        ({"learning_rate": 0}, "learning_rate above 0"),
        ({"batch_size": -2}, "batch_size above 0"),
    ],
)
def test_numbers_out_of_range(options, message):
    with pytest.raises(ValueError, match=message):
        Options(**options)


def test_what_is_not_chosen_is_the_recipes():
    recipe = recipes.get("unet-mobile")
    found = Options(batch_size=3).of(recipe)
    assert (found.batch_size, found.epochs, found.minutes) == (3, 40, None)
    assert (found.image_size, found.learning_rate) == ((256, 256), 1e-3)
    assert (found.backbone, found.weights) == ("efficientnet_lite0", "imagenet")
    by_the_clock = Options(minutes=2.0, weights="none").of(recipes.get("unet"))
    assert (by_the_clock.epochs, by_the_clock.minutes) == (None, 2.0)
    assert (by_the_clock.weights, by_the_clock.backbone) == ("none", None)


def test_a_record_has_them_under_its_own_keys():
    arguments = Options(weights_from=Path("runs") / "a", seed=3).arguments()
    assert arguments["from"] == str(Path("runs") / "a") and arguments["seed"] == 3
    assert "weights_from" not in arguments and Options().arguments()["from"] is None


def test_a_record_of_an_older_kseg_is_completed():
    assert completed({"network": "unet", "seed": 4}) == {
        **Options().arguments(),
        "network": "unet",
        "seed": 4,
    }

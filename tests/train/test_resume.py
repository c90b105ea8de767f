"""A training that is resumed is the same training, bit for bit."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from kseg import recipes

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    folder = tmp_path_factory.mktemp("resumed")
    done = subprocess.run(
        [sys.executable, "-m", "tests.train.resumed_runs", folder],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout.splitlines()[-1])


@pytest.mark.parametrize("name", recipes.RECIPES)
def test_three_epochs_are_one_and_two(name, found):
    assert found[name] == {"differs": [], "moved": True}

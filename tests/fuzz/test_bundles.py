"""A short run of the fuzz, and that it finds what it looks for."""

import random
import re
import sys

import pytest

from tests.fuzz import bundles
from tests.fuzz.alterations import ALTERATIONS


def test_the_readers_that_are_here_come_to_one_verdict(tmp_path):
    readers = {name: bundles.Reader(line) for name, line in bundles.commands().items()}
    assert "python" in readers
    try:
        assert bundles.run(150, 3, readers, tmp_path / "kept") == 0
    finally:
        for reader in readers.values():
            reader.close()
    assert not (tmp_path / "kept").exists()


@pytest.mark.parametrize(
    "answers, sound, fault",
    [
        ({"python": "refused", "page": "refused"}, {"read a"}, None),
        ({"python": "read a", "page": "read a"}, {"read a"}, None),
        ({"python": "read b", "page": "read b"}, None, None),
        ({"python": "read b", "page": "read b"}, {"read a"}, "never written"),
        ({"python": "read a", "page": "read b"}, None, "readers differ"),
        ({"python": "refused", "page": "read b"}, None, "readers differ"),
        ({"python": "refused", "page": "ERROR x"}, None, r"not a sentence: \['page'\]"),
    ],
)
def test_faults_are_found(answers, sound, fault):
    found = bundles.judge(answers, sound)
    assert found is None if fault is None else re.search(fault, found)


def test_the_same_seed_gives_the_same_files():
    known = bundles.bases()
    for alter in ALTERATIONS.values():
        for seed in range(20):
            one, two = (alter(random.Random(seed), *known[:2]) for _ in range(2))
            assert one == two


def test_a_reader_that_has_ended_is_an_error(tmp_path):
    reader = bundles.Reader([sys.executable, "-c", ""])
    assert reader.ask(tmp_path) == "ERROR the reader has ended"
    assert reader.ask(tmp_path) == "ERROR the reader has ended"
    reader.close()

"""kseg.train.lock: one process at a time; what is left of one that ended is no lock."""

import json
import os
import platform
import subprocess
import sys

import pytest

from kseg.errors import RunError
from kseg.train.lock import NAME, locked

HOLD = """
import sys
from kseg.train.lock import locked
with locked(sys.argv[1], print):
    print("held", flush=True)
    sys.stdin.read()
"""


def silent(line):
    raise AssertionError(f"said {line}")


def write_lock(folder, **owner):
    folder.mkdir(exist_ok=True)
    own = {"host": platform.node(), "process": os.getpid(), "started": None}
    (folder / NAME).write_text(json.dumps(own | owner))


@pytest.fixture
def holder(tmp_path):
    """Another process that holds the lock of the folder."""
    command = [sys.executable, "-c", HOLD, str(tmp_path / "run")]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    with subprocess.Popen(command, **pipes) as process:
        assert process.stdout.readline() == "held\n"
        yield process
        process.kill()


def test_it_is_there_while_it_is_held_and_gone_behind(tmp_path):
    for _ in range(2):
        with locked(tmp_path / "new" / "run", silent):
            owner = json.loads((tmp_path / "new" / "run" / NAME).read_text())
            assert owner["host"] == platform.node()
            assert owner["process"] == os.getpid()
        assert not (tmp_path / "new" / "run").exists()  # empty, as it was not before
    (tmp_path / "run").mkdir()
    with locked(tmp_path / "run", silent):
        pass
    assert list((tmp_path / "run").iterdir()) == []


def test_after_an_error_it_is_gone_and_the_files_stay(tmp_path):
    with pytest.raises(KeyError), locked(tmp_path / "run", silent):
        (tmp_path / "run" / "run.json").write_text("{}")
        raise KeyError
    assert [path.name for path in (tmp_path / "run").iterdir()] == ["run.json"]


def test_another_process_that_runs_is_named(tmp_path, holder):
    before = (tmp_path / "run" / NAME).read_text()
    with pytest.raises(RunError, match=f"process {holder.pid} on {platform.node()}"):
        with locked(tmp_path / "run", silent):
            pass
    assert (tmp_path / "run" / NAME).read_text() == before


def test_what_a_killed_process_left_is_taken_over_with_a_line(tmp_path, holder):
    holder.kill()
    holder.wait()
    assert (tmp_path / "run" / NAME).exists()
    said = []
    with locked(tmp_path / "run", said.append):
        owner = json.loads((tmp_path / "run" / NAME).read_text())
        assert owner["process"] == os.getpid()
    assert len(said) == 1 and f"process {holder.pid}" in said[0]
    assert list((tmp_path / "run").iterdir()) == []


def test_a_number_that_was_given_again_is_another_process(tmp_path):
    write_lock(tmp_path, process=os.getppid(), started="another boot 1")
    said = []
    with locked(tmp_path, said.append):
        pass
    assert len(said) == 1
    write_lock(tmp_path, process=os.getppid())  # of a system that does not say when
    with pytest.raises(RunError, match="held by process"), locked(tmp_path, silent):
        pass


def test_of_the_same_process_it_is_taken_once(tmp_path):
    with locked(tmp_path, silent):
        with pytest.raises(RunError, match="nothing else"), locked(tmp_path, silent):
            pass
        assert (tmp_path / NAME).exists()
    write_lock(tmp_path)  # of a container of this name, whose process had this number
    said = []
    with locked(tmp_path, said.append):
        pass
    assert len(said) == 1


def test_another_host_is_named_and_never_taken_over(tmp_path):
    write_lock(tmp_path, host="node17", process=2**40)
    with pytest.raises(RunError, match="on node17.*remove") as error:
        with locked(tmp_path, silent):
            pass
    assert str(tmp_path / NAME) in str(error.value)
    assert (tmp_path / NAME).exists()


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"host": "a", "process": "b"}'])
def test_a_lock_that_says_nothing_is_not_ours(text, tmp_path):
    (tmp_path / NAME).write_text(text)
    with pytest.raises(RunError, match="does not say of whom"):
        with locked(tmp_path, silent):
            pass

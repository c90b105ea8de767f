"""Reading ``.pth`` files: what was written comes back, and nothing is run."""

import os
import pickle

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kseg.checkpoints.torch_file import read_torch_file
from tests.backbones.torch_files import INFO, write

RNG = np.random.default_rng(0)
ARRAYS = {
    "conv.weight": RNG.normal(size=(5, 3, 2, 4)).astype("float32"),
    "turned.weight": RNG.normal(size=(2, 4, 3, 5))
    .astype("float32")
    .transpose(3, 2, 0, 1),
    "bn.running_mean": RNG.normal(size=7).astype("float32"),
    "bn.num_batches_tracked": np.array(12, "int64"),
    "empty": np.zeros((0, 3), "float32"),
}


def test_what_was_written_comes_back(tmp_path):
    write(tmp_path / "net.pth", ARRAYS)
    read = read_torch_file(tmp_path / "net.pth")
    assert list(read) == list(ARRAYS)
    for name, array in ARRAYS.items():
        assert read[name].dtype == array.dtype
        np.testing.assert_array_equal(read[name], array)


def test_a_tensor_may_begin_inside_its_storage(tmp_path):
    array = np.arange(6, dtype="float32")
    part = {"offset": 1, "shape": (2, 2), "strides": (2, 1)}
    write(tmp_path / "net.pth", {"a": array}, changed=part)
    assert read_torch_file(tmp_path / "net.pth")["a"].tolist() == [[1, 2], [3, 4]]


class Calls:
    """Pickles as a call of ``function``: what a malicious file does."""

    def __init__(self, function, *arguments):
        self.call = function, arguments

    def __reduce__(self):
        return self.call


@pytest.mark.parametrize("protocol", [2, 4])
@pytest.mark.parametrize("place", ["state", "info"])
def test_a_malicious_file_runs_nothing(tmp_path, place, protocol):
    victim = tmp_path / "victim"
    evil = Calls(os.system, f"touch {victim}")
    pickle.loads(pickle.dumps(evil))
    victim.unlink()  # it was there: such a pickle does harm where it is just loaded
    path = tmp_path / "evil.pth"
    damage = (
        {"extra": {"x": evil}} if place == "state" else {"info": {**INFO, "x": evil}}
    )
    write(path, ARRAYS, protocol=protocol, **damage)
    with pytest.raises(
        ValueError, match=r"evil\.pth.*posix\.system.*nothing of it was"
    ):
        read_torch_file(path)
    assert not victim.exists()


@pytest.mark.parametrize(
    "function, name",
    [
        (eval, r"builtins\.eval|__builtin__\.eval"),
        (getattr, r"builtins\.getattr|__builtin__\.getattr"),
        (np.load, r"numpy\.load"),
        (Calls, r"test_torch_file\.Calls"),
    ],
)
def test_whatever_else_a_file_names_is_refused(tmp_path, function, name):
    write(tmp_path / "net.pth", {}, extra={"x": Calls(function, "1")})
    with pytest.raises(ValueError, match=f"wants to use .*({name})"):
        read_torch_file(tmp_path / "net.pth")


@pytest.mark.parametrize(
    "changed",
    [
        {"offset": 1},
        {"offset": -1},
        {"shape": (3, 5)},
        {"shape": (10**12,)},
        {"strides": (4, 2)},
        {"strides": (-4, 1)},
        {"shape": (10**6, 4), "strides": (0, 1)},
        {"shape": (3,)},
        {"shape": (1.5, 4)},
    ],
)
def test_a_tensor_cannot_lead_out_of_its_storage(tmp_path, changed):
    array = np.ones((3, 4), "float32")
    write(tmp_path / "net.pth", {"a": array}, changed=changed)
    with pytest.raises(ValueError, match=r"net\.pth cannot be read"):
        read_torch_file(tmp_path / "net.pth")


def test_a_file_that_ends_early(tmp_path):
    path = tmp_path / "net.pth"
    write(path, ARRAYS)
    whole = path.read_bytes()
    for length in range(0, len(whole) - 1, 7):
        path.write_bytes(whole[:length])
        with pytest.raises(ValueError, match=r"net\.pth cannot be read"):
            read_torch_file(path)


@pytest.mark.parametrize(
    "head", [b"", b"PK\x03\x04", b"\x89HDF\r\n", pickle.dumps([1])]
)
def test_a_file_of_another_kind(tmp_path, head):
    (tmp_path / "net.pth").write_bytes(head + bytes(100))
    with pytest.raises(ValueError, match=r"net\.pth cannot be read"):
        read_torch_file(tmp_path / "net.pth")


def test_a_big_endian_or_missing_file(tmp_path):
    write(tmp_path / "net.pth", ARRAYS, info={**INFO, "little_endian": False})
    with pytest.raises(ValueError, match="it is big-endian"):
        read_torch_file(tmp_path / "net.pth")
    with pytest.raises(ValueError, match="an existing .pth file. Received: .*none.pth"):
        read_torch_file(tmp_path / "none.pth")


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    path = tmp_path_factory.mktemp("torch") / "net.pth"
    write(path, ARRAYS)
    return path, path.read_bytes()


@settings(max_examples=300, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(0, 900), st.integers(0, 255)), min_size=1, max_size=3
    )
)
def test_damaged_bytes_give_arrays_or_the_error(written, changes):
    """Whatever bytes are changed in the pickles: no crash, no other error."""
    path, whole = written
    damaged = bytearray(whole)
    for place, value in changes:
        damaged[place] = value
    path.with_name("damaged.pth").write_bytes(damaged)
    try:
        arrays = read_torch_file(path.with_name("damaged.pth"))
    except ValueError as error:
        assert "damaged.pth cannot be read" in str(error)
    else:
        assert all(isinstance(array, np.ndarray) for array in arrays.values())

"""The wheel: one top-level name, with its data, and nothing of the rest."""

import re
import subprocess
import sys
import zipfile
from email.parser import HeaderParser
from pathlib import Path

import pytest

from tests.test_imports import SOURCES, imports

ROOT = Path(__file__).parents[1]
# Packages that are imported under another name than they are installed under.
INSTALLED_AS = {
    "cv2": "opencv-python-headless",
    "skimage": "scikit-image",
    "yaml": "pyyaml",
}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    folder = tmp_path_factory.mktemp("wheel")
    # A copy, so that setuptools' build folder is not left in the source tree.
    source = folder / "source"
    source.mkdir()
    for name in ("setup.py", "pyproject.toml", "README.md", "LICENSE"):
        (source / name).write_bytes((ROOT / name).read_bytes())
    for path in (ROOT / "kseg").rglob("*"):
        if path.is_file() and "__pycache__" not in path.parts:
            copy = source / path.relative_to(ROOT)
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_bytes(path.read_bytes())
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps"]
    command += ["--no-build-isolation", "--wheel-dir", folder, source]
    done = subprocess.run(command, capture_output=True, text=True, cwd=folder)
    assert done.returncode == 0, done.stderr[-2000:]
    return next(folder.glob("*.whl"))


def test_one_top_level_name(wheel):
    names = {name.split("/")[0] for name in zipfile.ZipFile(wheel).namelist()}
    assert {name for name in names if not name.endswith(".dist-info")} == {"kseg"}


def test_every_module_the_types_and_the_images_are_in_it(wheel):
    packed = set(zipfile.ZipFile(wheel).namelist())
    modules = {str(path.relative_to(ROOT)) for path in (ROOT / "kseg").rglob("*.py")}
    assert modules <= packed
    assert "kseg/py.typed" in packed
    templates = {path.name for path in (ROOT / "kseg/show/templates").iterdir()}
    assert {f"kseg/show/templates/{name}" for name in templates} <= packed
    images = [name for name in packed if name.startswith("kseg/data/nuclei/images/")]
    masks = [name for name in packed if name.startswith("kseg/data/nuclei/masks/")]
    assert len(images) == len(masks) == 80
    sample = (i for i in zipfile.ZipFile(wheel).infolist() if "/nuclei/" in i.filename)
    assert sum(info.file_size for info in sample) < 4e6


def test_the_wheel_works_from_another_folder(wheel, tmp_path):
    code = (
        "import sys; sys.path.insert(0, sys.argv[1])\n"
        "import kseg; print(kseg.__file__)\n"
        "print(len(kseg.data.sample('train')), len(kseg.data.sample('val')))"
    )
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path / "site")
    done = subprocess.run(
        [sys.executable, "-c", code, tmp_path / "site"],
        capture_output=True,
        text=True,
        cwd=tmp_path,
    )
    lines = done.stdout.splitlines()
    assert lines[0].startswith(str(tmp_path / "site")), done.stderr
    assert lines[1] == "64 16"


def test_the_command_and_the_version(wheel):
    archive = zipfile.ZipFile(wheel)
    name = next(n for n in archive.namelist() if n.endswith("entry_points.txt"))
    assert "kseg = kseg.cli:main" in archive.read(name).decode()
    import kseg

    assert wheel.name.startswith(f"kseg-{kseg.__version__}-")


def requirements(wheel):
    """Names of what the wheel needs: always, and with one extra or another."""
    archive = zipfile.ZipFile(wheel)
    name = next(n for n in archive.namelist() if n.endswith("dist-info/METADATA"))
    header = HeaderParser().parsestr(archive.read(name).decode())
    lines = header.get_all("Requires-Dist")
    names = [(re.match(r"[\w-]+", line)[0].lower(), "extra" in line) for line in lines]
    always = {name for name, extra in names if not extra}
    return always, {name for name, extra in names if extra}


def libraries(module_level):
    """Packages that kseg imports from elsewhere, by the names of their wheels."""
    tops = {name.split(".")[0] for p in SOURCES for name in imports(p, module_level)}
    tops -= {*sys.stdlib_module_names, "kseg"}
    return {INSTALLED_AS.get(top, top.replace("_", "-")) for top in tops}


def test_what_is_imported_is_required(wheel):
    """What is imported only inside a function may be in an extra."""
    always, extras = requirements(wheel)
    assert {"keras", "opencv-python-headless"} <= libraries(module_level=True)
    assert libraries(module_level=True) <= always
    assert libraries(module_level=False) <= always | extras


def test_what_is_required_is_pinned(wheel):
    text = (ROOT / "requirements.txt").read_text("utf-8").lower()
    pinned = set(re.findall(r"^([\w.-]+)==", text, re.MULTILINE))
    assert set.union(*requirements(wheel)) <= pinned

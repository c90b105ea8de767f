"""The house: small drawers, and beside each module the test file of its name."""

from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "kseg"
MOST = 24

MODULES = sorted(
    path.relative_to(PACKAGE)
    for path in PACKAGE.rglob("*.py")
    if path.name not in ("__init__.py", "__main__.py")
)

# Without a test file of their name; CONTRIBUTING.md says where they are tested.
ELSEWHERE = (
    "errors.py",
    "quiet.py",
    "recipes/",
    "cli/",
    "data/formats/coco_objects.py",
    "data/formats/labelme_objects.py",
    "export/release/artefact.py",
)


def test_no_folder_is_too_full():
    counts = Counter(path.parent for path in PACKAGE.rglob("*.py"))
    full = {str(k.relative_to(ROOT)): n for k, n in counts.items() if n > MOST}
    assert not full


def test_every_module_has_the_test_file_of_its_name():
    missing = [
        f"kseg/{path}: tests/{path.parent}/test_{path.name}"
        for path in MODULES
        if not path.as_posix().startswith(ELSEWHERE)
        and not (ROOT / "tests" / path.parent / f"test_{path.name}").exists()
    ]
    assert not missing, "\n".join(missing)


def test_what_is_tested_elsewhere_is_there_and_said():
    page = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
    for path in ELSEWHERE:
        assert (PACKAGE / path).exists()
        assert f"| `{path}` |" in page

"""The house of kseg: nothing points back, and importing loads only what is needed."""

import ast
import graphlib
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "kseg"

# From the lowest to the highest; a part may import parts of its own row and below.
ROWS = (
    ("checks", "errors", "files", "quiet"),
    (
        *("imaging", "bundle", "train/options", "train/run", "train/run_files"),
        *("train/lock", "train/interrupts"),
    ),
    ("ops",),
    ("layers",),
    ("checkpoints",),
    ("backbones",),
    ("losses", "metrics", "train/optimizers", "train/schedules"),
    ("models",),
    ("data",),
    ("predict", "export"),
    ("show",),
    (
        *("train/recipe", "train/scores", "train/labels", "train/objects"),
        *("train/sides", "train/evaluation"),
    ),
    ("callbacks", "recipes"),
    ("train",),
    ("export/release",),
    ("cli",),
    ("__main__",),
)
LEVEL = {part: level for level, row in enumerate(ROWS) for part in row}

# Below one another, and still strangers: networks know tensors, not files or formats.
STRANGERS = {
    ("data", part) for part in ("ops", "layers", "backbones", "losses", "models")
} | {
    (part, low)
    for part in ("ops", "layers", "backbones", "losses", "models")
    for low in ("imaging", "bundle", "train/options", "train/run")
}

# Everything else runs on any Keras backend, or without Keras.
WITH_TENSORFLOW = (
    *("data/", "export/", "ops/native.py"),
    "train/backends/",
)
# These start TensorFlow for a command, and only inside a function.
STARTS_TENSORFLOW = ("cli/console.py",)
# What a bundle needs on a machine that has neither Keras nor TensorFlow.
WITHOUT_KERAS = (
    *("errors.py", "files.py", "quiet.py", "train/run.py", "train/options.py"),
    *("imaging/", "bundle/", "predict/", "show/", "cli/"),
)

SOURCES = sorted(PACKAGE.rglob("*.py"))


def relative(path):
    return path.relative_to(PACKAGE).as_posix()


def own(path):
    return Path(relative(path)).with_suffix("").parts


def part_of(words):
    """The part of the house: a folder or module of kseg, or one inside with a row."""
    inner = "/".join(words[:2])
    return inner if inner in LEVEL else words[0]


def imports(path, module_level=False):
    """Dotted names that a file imports, ``from a import b`` as ``a.b``.

    Args:
        path: The file.
        module_level: Leave out imports inside functions and ``if TYPE_CHECKING``.
    """
    pending = [ast.parse(path.read_text(encoding="utf-8"))]
    while pending:
        node = pending.pop()
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                parents = path.relative_to(ROOT).parts[: -node.level]
                base = ".".join((*parents, *filter(None, (base,))))
            yield from (f"{base}.{alias.name}" for alias in node.names)
        deferred = isinstance(node, ast.FunctionDef) or (
            isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test)
        )
        if not (module_level and deferred):
            pending.extend(ast.iter_child_nodes(node))


def edges():
    """(importing file, part it is in, part it imports), without kseg/__init__.py."""
    for path in SOURCES:
        if path == PACKAGE / "__init__.py":
            continue
        for name in imports(path):
            words = name.split(".")
            is_part = words[0] == "kseg" and len(words) > 1
            if is_part and not words[1].startswith("__") and words[1] != "load":
                yield relative(path), part_of(own(path)), part_of(words[1:])


def imports_library(name, libraries):
    return name.split(".")[0] in libraries


def test_the_walk_finds_what_is_known_to_be_there():
    """A walk that finds nothing would let every other test here pass."""
    found = set(edges())
    assert ("layers/up_conv.py", "layers", "ops") in found
    assert ("models/unet.py", "models", "layers") in found
    assert "tensorflow" in set(imports(PACKAGE / "ops/native.py", module_level=True))
    inside = PACKAGE / "ops/pooling/depth_to_space.py"
    assert "kseg.ops.native" in set(imports(inside))
    assert "kseg.ops.native" not in set(imports(inside, module_level=True))


def test_every_part_has_its_row():
    parts = {part_of(own(path)) for path in SOURCES} - {"__init__"}
    assert parts <= set(LEVEL), f"add {sorted(parts - set(LEVEL))} to ROWS"


def test_nothing_points_back():
    wrong = [
        f"kseg/{path} imports kseg.{low}"
        for path, part, low in edges()
        if LEVEL[low] > LEVEL[part] or (part, low) in STRANGERS
    ]
    assert not wrong, "\n".join(wrong)


def test_parts_of_one_row_do_not_import_each_other_in_a_circle():
    graph = {}
    for _, part, low in edges():
        if part != low:
            graph.setdefault(part, set()).add(low)
    graphlib.TopologicalSorter(graph).prepare()


def test_tensorflow_is_imported_only_where_it_may_be():
    wrong = [
        f"kseg/{relative(path)} imports {name}"
        for path in SOURCES
        if not relative(path).startswith(WITH_TENSORFLOW)
        for name in imports(path, relative(path).startswith(STARTS_TENSORFLOW))
        if imports_library(name, ("tensorflow", "jax", "torch"))
    ]
    assert not wrong, "\n".join(wrong)


def test_what_a_bundle_needs_imports_no_keras_when_loaded():
    wrong = [
        f"kseg/{relative(path)} imports {name}"
        for path in SOURCES
        if relative(path).startswith(WITHOUT_KERAS)
        for name in imports(path, module_level=True)
        if imports_library(name, ("keras", "tensorflow"))
    ]
    assert not wrong, "\n".join(wrong)


def run_python(code):
    return subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True
    )


def test_import_kseg_is_silent_and_loads_no_library():
    done = run_python(
        "import sys, kseg; kseg.__version__; dir(kseg)\n"
        "print([m for m in ('keras', 'tensorflow', 'numpy', 'cv2') "
        "if m in sys.modules])"
    )
    assert (done.stdout, done.stderr, done.returncode) == ("[]\n", "", 0)


BLOCKED = """
import importlib.abc
import sys


class Missing(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path, target=None):
        if name.split(".")[0] in ("tensorflow", "tf_keras", "keras", "jax"):
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)


sys.meta_path.insert(0, Missing())
"""


def test_a_bundle_needs_neither_keras_nor_tensorflow():
    done = run_python(
        BLOCKED + "import kseg.predict, kseg.imaging, kseg.bundle, kseg; kseg.load"
    )
    assert (done.stdout, done.stderr, done.returncode) == ("", "", 0)


def test_the_blocker_blocks():
    done = run_python(BLOCKED + "import kseg.models")
    assert "No module named 'keras'" in done.stderr

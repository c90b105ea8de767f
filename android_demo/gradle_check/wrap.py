"""Put each Gradle script into a Kotlin function, whose receiver is what the script has.

python3 wrap.py FOLDER
"""

import re
import sys
from pathlib import Path

_ROOT = Path(__file__).resolve().parent.parent
_SCRIPTS = {
    "settings.gradle.kts": "Settings",
    "build.gradle.kts": "Project",
    "app/build.gradle.kts": "Project",
}
_DEFAULT_IMPORTS = (
    "import org.gradle.api.*",
    "import org.gradle.api.initialization.*",
    "import org.gradle.api.initialization.resolve.*",
)
_IMPORT = re.compile(r"^import .*$", re.MULTILINE)


def wrap(folder: Path) -> None:
    """Write a Kotlin file for each script."""
    folder.mkdir(parents=True, exist_ok=True)
    for script, receiver in _SCRIPTS.items():
        source = (_ROOT / script).read_text()
        name = re.sub(r"\W", "_", script)
        imports = "\n".join([*_DEFAULT_IMPORTS, *_IMPORT.findall(source)])
        body = _IMPORT.sub("", source)
        function = f"fun {receiver}.{name}() {{\n{body}\n}}\n"
        (folder / f"{name}.kt").write_text(f"{imports}\n{function}")


if __name__ == "__main__":
    wrap(Path(sys.argv[1]))

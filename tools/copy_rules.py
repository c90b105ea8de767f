"""Copy kseg/bundle/rules.json into the page and the app, which read no JSON files.

python -m tools.copy_rules        (in the root of the repository)
"""

import json
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SOURCE = ROOT / "kseg" / "bundle" / "rules.json"
PAGE = ROOT / "web_demo" / "src" / "kseg" / "rules_file.js"
APP = ROOT.joinpath(
    *("android_demo", "app", "src", "main", "kotlin", "dev", "kseg", "app", "core"),
    "RulesFile.kt",
)
SAYS = (
    "Written by `python -m tools.copy_rules` from kseg/bundle/rules.json: change that."
)


def copies() -> dict[Path, str]:
    """The content of both copies, by path."""
    text = SOURCE.read_text("utf-8").rstrip()
    json.loads(text)
    if '"""' in text or "$" in text:
        raise ValueError('Expected rules without $ and """, which Kotlin reads.')
    package = "package dev.kseg.app.core"
    constant = f'internal const val RULES_FILE = """{text}"""'
    return {
        PAGE: f"// {SAYS}\nexport const RULES = {text};\n",
        APP: f"// {SAYS}\n{package}\n\n{constant}\n",
    }


def main() -> None:
    for path, content in copies().items():
        path.write_text(content, "utf-8")


if __name__ == "__main__":
    main()

"""docs/writing-a-sector-plugin.md, step by step: files are written as shown, commands are run, and
what they print is what the page shows (`...` stands for anything)."""

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

GUIDE = Path(__file__).parents[2] / "docs" / "writing-a-sector-plugin.md"
BLOCK = re.compile(
    r"(?:^`(?P<file>[\w/.]+)`:\n\n)?^```(?P<kind>\w+)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL
)


def steps() -> Iterator[tuple[str, str, str]]:
    """(kind, file or command, content or output) in the order of the page."""
    for block in BLOCK.finditer(GUIDE.read_text(encoding="utf-8")):
        if block["kind"] == "console":
            for shown in re.split(r"^\$ ", block["text"], flags=re.MULTILINE)[1:]:
                command, _, output = shown.partition("\n")
                yield "run", command, output
        elif block["kind"] in ("yaml", "python"):
            assert block["file"], f"which file is this? {block['text'][:60]}"
            yield "write", block["file"], block["text"]


def fits(shown: str, printed: str) -> bool:
    pattern = re.escape(shown.strip()).replace(r"\.\.\.", ".*")
    return re.search(pattern, printed.strip(), re.DOTALL) is not None


def outcome(command: str, folder: Path) -> str:
    program, *words = shlex.split(command)
    if program == "rm":
        (folder / words[0]).unlink()
        return ""
    module = {"registry": ["-m", "registry"], "pytest": ["-m", "pytest", "-p", "no:cacheprovider"]}
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("PYTEST", "REGISTRY_"))}
    done = subprocess.run(
        [sys.executable, *module[program], *words],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_guide_holds_step_by_step(tmp_path: Path):
    taken = 0
    for kind, what, text in steps():
        taken += 1
        if kind == "write":
            assert (tmp_path / what).parent.is_dir(), what
            (tmp_path / what).write_text(text, encoding="utf-8")
        else:
            printed = outcome(what, tmp_path)
            assert fits(text, printed), f"$ {what}\n{printed}"

    assert taken == 12


def test_a_different_output_would_be_seen():
    assert fits("wrote .../energy\nnext", "wrote /a/b/energy\nnext: x")
    assert not fits("3 cases as expected", "2 cases as expected")

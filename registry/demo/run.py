"""`make run`: set up, load the demo into an empty database, serve, ask one real check over HTTP."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

from registry import listening
from registry.demo import world
from registry.domain.errors import NotReady

HOST, PORT = "127.0.0.1", int(os.environ.get("PORT", "8080"))
ADDRESS = f"http://{HOST}:{PORT}"
TOKEN_FILE = Path("var/demo.token")


def main() -> int:
    """Run until interrupted; the exit code is the server's."""
    try:
        listening.require_free(HOST, PORT)  # or another server would answer for this one
    except NotReady as error:
        sys.exit(f"{error.message} With make: make run PORT=8081.")
    _registry("migrate")
    token = _token()
    server = subprocess.Popen([*_command(), "serve", "--host", HOST, "--port", str(PORT)])
    signal.signal(signal.SIGTERM, lambda _number, _frame: server.terminate())
    try:
        _wait_until_ready(server)
        _show(token)
        return server.wait()
    except KeyboardInterrupt:
        server.send_signal(signal.SIGINT)
        return server.wait()
    finally:
        if server.poll() is None:
            server.terminate()


def _command() -> list[str]:
    return [sys.executable, "-m", "registry"]


def _registry(*arguments: str) -> str:
    done = subprocess.run([*_command(), *arguments], stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode:
        sys.exit(done.returncode)
    return done.stdout


def _token() -> str:
    """The demo clerk's token; the demo is loaded with the first one and then kept."""
    loaded = _registry("demo", "--quiet", "--if-empty")
    print(loaded, end="")
    if TOKEN_FILE.exists() and not loaded:
        return TOKEN_FILE.read_text(encoding="ascii").strip()
    token = _registry(
        "token", "add", "--agency", world.BUYER, "--role", "agency", "--actor", "Demo clerk"
    ).strip()
    TOKEN_FILE.parent.mkdir(exist_ok=True)
    TOKEN_FILE.touch(mode=0o600)
    TOKEN_FILE.write_text(token + "\n", encoding="ascii")
    return token


def _wait_until_ready(server: subprocess.Popen[bytes]) -> None:
    for _ in range(200):
        if server.poll() is not None:
            sys.exit(server.returncode or 1)
        try:
            with urllib.request.urlopen(f"{ADDRESS}/readyz", timeout=2) as answer:
                if answer.status == 200:
                    return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    server.terminate()
    sys.exit("the server did not become ready")


def _show(token: str) -> None:
    body = json.dumps(world.CHECK).encode()
    request = urllib.request.Request(
        f"{ADDRESS}/api/v1/checks",
        data=body,
        headers={"Authorization": f"Bearer {token}", "Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=10) as answer:
        shown = json.loads(answer.read())
    print(json.dumps(shown, ensure_ascii=False, indent=2))
    print(
        f"\noutcome: {shown['outcome']}   (DEMO data)\nserving on {ADDRESS}  -  stop with Ctrl-C\n"
    )
    print("Ask again:\n")
    print(paste(token), flush=True)


def paste(token: str) -> str:
    """One check, ready to paste into a shell."""
    return (
        f"curl -s {ADDRESS}/api/v1/checks \\\n"
        f"  -H 'Authorization: Bearer {token}' \\\n"
        "  -H 'Content-Type: application/json' \\\n"
        f"  -d '{json.dumps(world.CHECK, ensure_ascii=False)}'"
    )


if __name__ == "__main__":
    sys.exit(main())

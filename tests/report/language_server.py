"""yaml-language-server over its standard streams: what an editor with it shows of a spec.

It speaks LSP, JSON-RPC messages with a `Content-Length` each, as editors do. It is looked for in the folder
`CNNCALC_NODE_MODULES`, where `.ci/run` installs it, and among the programs of the machine.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

CURSOR = "|"
"""Marks the place in a text where completion or hover is asked for."""


def server_command() -> tuple[list[str], str]:
    """The command that starts the server, and why there is none where it is empty."""
    node = shutil.which("node")
    if node is None:
        return [], "needs node"
    modules = os.environ.get("CNNCALC_NODE_MODULES")
    program = Path(modules, "yaml-language-server", "bin", "yaml-language-server") if modules else None
    if program and program.is_file():
        return [node, str(program), "--stdio"], ""
    installed = shutil.which("yaml-language-server")
    if installed:
        return [installed, "--stdio"], ""
    return [], "needs yaml-language-server (npm); CNNCALC_NODE_MODULES may say in which folder node_modules it is"


class LanguageServer:
    """A running server; specs that it is shown name the schema in their first line."""

    def __init__(self, command: list[str], folder: Path, schema: dict[str, Any]) -> None:
        (folder / "cnncalc.schema.json").write_text(json.dumps(schema), encoding="utf-8")
        self.folder = folder
        self.count = 0
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
        self.request("initialize", {"processId": os.getpid(), "rootUri": folder.as_uri(), "capabilities": {}})
        self.notify("initialized", {})

    def close(self) -> None:
        """Ends the server."""
        self.request("shutdown", None)
        self.notify("exit", None)
        self.process.communicate(timeout=30)

    def _write(self, message: dict[str, Any]) -> None:
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        assert self.process.stdin
        self.process.stdin.write(b"Content-Length: %d\r\n\r\n" % len(body) + body)
        self.process.stdin.flush()

    def _read(self) -> dict[str, Any]:
        assert self.process.stdout
        length = 0
        while line := self.process.stdout.readline().strip():
            name, _, value = line.partition(b":")
            length = int(value) if name.lower() == b"content-length" else length
        assert length, "the server has ended"
        message: dict[str, Any] = json.loads(self.process.stdout.read(length))
        return message

    def notify(self, method: str, params: Any) -> None:
        """A message without an answer."""
        self._write({"method": method, "params": params})

    def request(self, method: str, params: Any) -> Any:
        """A message and its answer."""
        self.count += 1
        self._write({"id": self.count, "method": method, "params": params})
        while True:
            message = self._read()
            if message.get("id") == self.count and "method" not in message:
                return message.get("result")
            self._answer(message)

    def _answer(self, message: dict[str, Any]) -> None:
        """What the server asks of its editor: its settings, of which there are none."""
        if "id" in message and "method" in message:
            asked = message["params"].get("items", []) if message["method"] == "workspace/configuration" else []
            self._write({"id": message["id"], "result": [None for _ in asked]})

    # -- a spec

    def _open(self, text: str) -> tuple[str, dict[str, int]]:
        """Shows the server a spec; its address, and where the cursor is in it."""
        before, _, after = text.partition(CURSOR)
        self.count += 1
        uri = (self.folder / f"net{self.count}.yaml").as_uri()
        head = "# yaml-language-server: $schema=cnncalc.schema.json\n"
        lines = (head + before).split("\n")
        document = {"uri": uri, "languageId": "yaml", "version": 1, "text": head + before + after}
        self.notify("textDocument/didOpen", {"textDocument": document})
        return uri, {"line": len(lines) - 1, "character": len(lines[-1])}

    def complete(self, text: str) -> dict[str, dict[str, Any]]:
        """What can be written at the cursor, by its label."""
        uri, position = self._open(text)
        found = self.request("textDocument/completion", {"textDocument": {"uri": uri}, "position": position})
        return {item["label"]: item for item in found["items"]}

    def hover(self, text: str) -> str:
        """What is shown of the word at the cursor."""
        uri, position = self._open(text)
        found = self.request("textDocument/hover", {"textDocument": {"uri": uri}, "position": position})
        return str(found["contents"]["value"]) if found else ""

    def problems(self, text: str) -> list[str]:
        """What is marked in a spec: line and column of each, and the message."""
        uri, _ = self._open(text)
        while True:
            message = self._read()
            self._answer(message)
            if message.get("method") == "textDocument/publishDiagnostics" and message["params"]["uri"] == uri:
                return [
                    f"{each['range']['start']['line']}:{each['range']['start']['character'] + 1} {each['message']}"
                    for each in message["params"]["diagnostics"]
                ]

"""The program in a `.pt2` file, as parsed JSON, and which member of the archive each of its arrays is in."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, NoReturn

from cnncalc.importing.archives.zip_archive import ZipArchive
from cnncalc.importing.json_text import parse_json
from cnncalc.source.diagnostics import START, Diagnostic, name_text
from cnncalc.source.files import Unreadable

MAJORS = {8: "PyTorch 2.8 and newer"}
"""The versions of the schema that are read, and who writes them; within one, only optional fields are added."""

SAVE_AGAIN = (
    "save it again with PyTorch 2.8 or newer: `torch.export.save(torch.export.export(model, (x,)), 'model.pt2')`"
)


class Program:
    """A program.

    Attributes:
        name: of the model in the archive.
        archive: which it is in.
        json: the whole program.
        graph: its nodes, and what is stated about its tensors.
        signature: what its inputs and outputs are.
        place: the node that is being read, as findings call it.
        arrays: of each parameter, buffer or constant that the archive has: its member, and what is known about it.
    """

    def __init__(self, archive: ZipArchive) -> None:
        """Finds the model in an archive.

        Raises:
            Unreadable: there is none, or more than one, or it is of a version that is not read.
        """
        self.archive = archive
        self.place = ""
        self._prefix = ""
        member = self._model()
        self.name = member.rpartition("/")[2].removesuffix(".json")
        self.json = parse_json(archive.read(member), archive.name, name_text(member))
        self._check_version()
        module = self._part(self.json, "graph_module")
        self.graph = self._part(module, "graph")
        self.signature = self._part(module, "signature")
        self.arrays = {**self._payloads("weights"), **self._payloads("constants")}

    def _model(self) -> str:
        self._check_layout()
        found = [each for each in self.archive.members if re.fullmatch(r"(?:[^/]+/)?models/[^/]+\.json", each)]
        if not found:
            self.refuse("CNN150", "there is no model in it: no member `models/….json`", SAVE_AGAIN)
        if len(found) > 1:
            names = ", ".join(f"`{name_text(each)}`" for each in sorted(found)[:5])
            self.refuse("CNN152", f"it has {len(found)} models: {names}", "save each in a file of its own")
        self._prefix = found[0].partition("models/")[0]
        return found[0]

    def _check_layout(self) -> None:
        names = {name.rpartition("/")[2]: name for name in self.archive.members}
        if "serialized_exported_program.json" in names:
            self.refuse("CNN151", "the file has the layout of PyTorch 2.7 and older, which is not read", SAVE_AGAIN)
        if not any("models/" in name for name in self.archive.members) and any(
            "aotinductor/" in name for name in self.archive.members
        ):
            self.refuse("CNN151", "it is a compiled model (AOTInductor), which has no graph", SAVE_AGAIN)
        if (order := names.get("byteorder")) and self.archive.read(order, 100).strip() != b"little":
            self.refuse("CNN151", "it was written on a machine with another byte order", SAVE_AGAIN)

    def _check_version(self) -> None:
        version = self.json.get("schema_version")
        major = version.get("major") if isinstance(version, dict) else None
        if not isinstance(major, int) or major not in MAJORS:
            writer = str(self.json.get("torch_version", ""))
            by = f", written by PyTorch {name_text(writer, 30)}" if writer else ""
            known = ", ".join(f"{each} ({who})" for each, who in MAJORS.items())
            self.refuse("CNN151", f"the schema has version {name_text(str(major))}{by}; read are: {known}", SAVE_AGAIN)

    def _payloads(self, folder: str) -> dict[str, tuple[str, Mapping[str, Any]]]:
        """What the list of a folder says; older releases write a pickle instead, which stays closed."""
        place = f"{self._prefix}data/{folder}/"
        listed = f"{place}{self.name}_{folder}_config.json"
        if listed not in self.archive.members:
            return {}
        config = parse_json(self.archive.read(listed), self.archive.name, name_text(listed)).get("config")
        if not isinstance(config, dict):
            self.refuse("CNN150", f"`{name_text(listed)}` has no `config`", SAVE_AGAIN)
        return {
            name: (place + str(each.get("path_name")), each) for name, each in config.items() if isinstance(each, dict)
        }

    def _part(self, whole: Mapping[str, Any], name: str) -> Mapping[str, Any]:
        part = whole.get(name)
        if not isinstance(part, dict):
            self.refuse("CNN150", f"the program has no `{name}`", SAVE_AGAIN)
        return part

    def refuse(self, code: str, message: str, *help: str) -> NoReturn:
        """Reports what ends the reading, at the node where it is."""
        about = f"{self.place}: {message}" if self.place else message
        raise Unreadable(Diagnostic(code, about, self.archive.name, START, "", help))

    def remark(self, code: str, message: str, *help: str) -> Diagnostic:
        """A note about the file."""
        return Diagnostic(code, message, self.archive.name, START, "", help, severity="note")

"""Opaque layers as they are compared: by all that is written about them."""

from __future__ import annotations

from typing import Any

from cnncalc.layers.canonical import Canonical


class OpaqueCanonical(Canonical):
    def settings(self) -> dict[str, Any]:
        counts = {name: self.layer.settings[name].type.show(vars(self.layer)[name]) for name in ("params", "macs")}
        return {**super().settings(), **counts}

    @property
    def learns(self) -> bool:
        return True  # for all that is known

"""Recurrent layers as they are compared."""

from __future__ import annotations

from typing import Any

from cnncalc.layers.canonical import Canonical


class _OneDirection(Canonical):
    def settings(self) -> dict[str, Any]:
        return super().settings() | ({} if self.layer.bidirectional else {"merge": ""})


class LstmCanonical(_OneDirection):
    pass


class GruCanonical(_OneDirection):
    pass


class RnnCanonical(_OneDirection):
    pass

"""Points: one per answer, or as a rubric says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction

from cnncalc.homework.diagnose.misconception import Misconception
from cnncalc.homework.diagnose.mistakes import BY_NAME
from cnncalc.homework.grading.one_sheet import FOLLOWED, RIGHT, WRONG, Graded
from cnncalc.homework.sheet.questions import COLUMNS, Question, Sheet
from cnncalc.named_tuple import NamedTuple
from cnncalc.settings.setting import Mistake, Reading
from cnncalc.settings.types import Real
from cnncalc.source.diagnostics import did_you_mean, excerpt
from cnncalc.source.yaml_nodes import YamlMapping, YamlNode, YamlScalar, YamlSequence
from cnncalc.spec.findings import Findings

FOLLOW_THROUGH = {"full": Fraction(1), "half": Fraction(1, 2), "none": Fraction(0)}
"""The share of the points for an answer that is right given the student's own earlier ones."""
KEYS = ("points", "mistakes", "skip")


class Rubric(NamedTuple):
    """What answers are worth.

    Attributes:
        points: by `layer.column`, `layer` or `column`; the first of these that is listed counts, otherwise 1.
        mistakes: the share of the points that remains if the mistake with this name was made; of alternatives, the
            larger share counts, as nobody knows which it was.
        skip: layers, columns and `layer.column` that are not graded.
        follow_through: the share for an answer that is right given the student's own earlier ones.
    """

    points: Mapping[str, Fraction] = {}
    mistakes: Mapping[str, Fraction] = {}
    skip: frozenset[str] = frozenset()
    follow_through: Fraction = Fraction(1)

    def is_skipped(self, question: Question) -> bool:
        return any(name in self.skip for name in names_of(question))

    def worth(self, question: Question) -> Fraction:
        """The points for a right answer."""
        if self.is_skipped(question):
            return Fraction(0)
        return next((self.points[name] for name in names_of(question) if name in self.points), Fraction(1))

    def points_for(self, graded: Graded) -> Fraction:
        """The points for an answer."""
        if graded.decided is not None:
            return graded.decided
        worth = self.worth(graded.question)
        if graded.status == RIGHT:
            return worth
        if graded.status == FOLLOWED:
            return worth * self.follow_through
        if graded.status == WRONG:
            return worth * max(map(self._share, graded.alternatives), default=Fraction(0))
        return Fraction(0)

    def _share(self, mistakes: Sequence[Misconception]) -> Fraction:
        """The share that remains where these mistakes were made together."""
        return min(self.mistakes.get(mistake.name, Fraction(0)) for mistake in mistakes)


def names_of(question: Question) -> tuple[str, str, str]:
    """The names of a question in a rubric, the most specific first."""
    return f"{question.entry}.{question.column}", question.entry, question.column


class Score(NamedTuple):
    """The points for a sheet."""

    points: Fraction
    out_of: Fraction

    @property
    def percent(self) -> Fraction:
        return 100 * self.points / self.out_of if self.out_of else Fraction(0)


def score(graded: Sequence[Graded], rubric: Rubric) -> Score:
    """The sum of the points, and of the possible points."""
    return Score(
        sum((rubric.points_for(each) for each in graded), Fraction(0)),
        sum((rubric.worth(each.question) for each in graded), Fraction(0)),
    )


# -- the rubric's file


def read_rubric(root: YamlNode, sheets: Sequence[Sheet], findings: Findings) -> Rubric:
    """Reads a rubric for some sheets, any of which may have a name in it; its mistakes are added to `findings`."""
    if not isinstance(root, YamlMapping):
        findings.add("CNN205", root.span, f"expected a mapping, found a {root.what}", "", "write `points: {params: 2}`")
        return Rubric()
    for key, _ in root.pairs:
        if key.text not in KEYS:
            _unknown(findings, key, "key of a rubric", KEYS)
    questions = (question for sheet in sheets for question in sheet.questions)
    known = {name for question in questions for name in names_of(question)} | {*COLUMNS, "total"}
    skip = root.get("skip")
    skipped = skip.items if isinstance(skip, YamlSequence) else [skip] if skip else []
    return Rubric(
        _shares(findings, root.get("points"), known, "layer or column", Real(low=0)),
        _shares(findings, root.get("mistakes"), BY_NAME, "mistake", Real(low=0)),
        frozenset(_name(findings, each, known) for each in skipped),
    )


def _shares(
    findings: Findings, node: YamlNode | None, known: Mapping[str, object] | set[str], what: str, number: Real
) -> dict[str, Fraction]:
    if node is None:
        return {}
    if not isinstance(node, YamlMapping):
        findings.add("CNN205", node.span, f"expected a mapping, found a {node.what}")
        return {}
    found = {}
    for key, value in node.pairs:
        if key.text not in known:
            _unknown(findings, key, what, known)
            continue
        try:
            found[key.text] = Fraction(number.read(value, Reading())).limit_denominator(1000)
        except Mistake as mistake:
            findings.mistake(mistake)
    return found


def _name(findings: Findings, node: YamlNode, known: set[str]) -> str:
    if isinstance(node, YamlScalar) and node.text in known:
        return node.text
    if isinstance(node, YamlScalar):
        _unknown(findings, node, "layer or column", known)
    else:
        findings.add("CNN205", node.span, f"expected a layer or column, found a {node.what}")
    return ""


def _unknown(
    findings: Findings, key: YamlScalar, what: str, known: Mapping[str, object] | set[str] | Sequence[str]
) -> None:
    label = did_you_mean(key.text, known)
    findings.add(
        "CNN202",
        key.span,
        f"there is no {what} `{excerpt(key.text)}`",
        label,
        f"known: {', '.join(sorted(known)[:20])}",
    )

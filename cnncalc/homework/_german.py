"""The texts of sheets and feedback in German, by the English text; placeholders in braces stay."""

TEXTS: dict[str, str] = {
    "{verdict}; points decided by hand": "{verdict}; Punkte von Hand vergeben",
    # why an answer cannot be read
    "`{found}` is not a number: write digits, or arithmetic such as A*B + C": (
        "`{found}` ist keine Zahl: Erwartet werden Ziffern oder eine Rechnung wie A*B + C"
    ),
    "`{found}` cannot be calculated: commas only separate thousands": (
        "`{found}` lässt sich nicht berechnen: Kommas trennen nur Tausender"
    ),
    "`{found}` cannot be calculated: a number in it is larger than 10¹⁸": (
        "`{found}` lässt sich nicht berechnen: Eine Zahl darin ist größer als 10¹⁸"
    ),
    "`{found}` cannot be calculated: it divides by zero": (
        "`{found}` lässt sich nicht berechnen: Es wird durch null geteilt"
    ),
    "`{found}` cannot be calculated: it is the root of a negative number": (
        "`{found}` lässt sich nicht berechnen: Es ist die Wurzel einer negativen Zahl"
    ),
    "`{found}` cannot be calculated: an operator or bracket is missing in it, or there is one too many": (
        "`{found}` lässt sich nicht berechnen: Darin fehlt ein Rechenzeichen oder eine Klammer, oder eins ist zu viel"
    ),
    "an answer may have at most {count} characters": "eine Antwort darf höchstens {count} Zeichen lang sein",
    "expected {count} sizes with x between them, as in {example}, found `{found}`": (
        "erwartet werden {count} Größen mit x dazwischen, wie in {example}, gefunden wurde `{found}`"
    ),
    # about a hand-in as a whole
    "Another hand-in with your name counts instead of this one.": (
        "Statt dieser Abgabe zählt eine andere mit demselben Namen."
    ),
    "There are several hand-ins with your name, and none of them counts yet.": (
        "Es gibt mehrere Abgaben mit demselben Namen; noch zählt keine davon."
    ),
    "Handed in {late} late.": "{late} zu spät abgegeben.",
    "Handed in {late} late: {points} points are deducted.": (
        "{late} zu spät abgegeben: {points} Punkte werden abgezogen."
    ),
    "{days} d {hours} h": "{days} Tg. {hours} Std.",
    "{days} d": "{days} Tg.",
    "{hours} h {minutes} min": "{hours} Std. {minutes} Min.",
    "{minutes} min": "{minutes} Min.",
}

SENTENCES: dict[str, str] = {}
"""What layers say of themselves; `{}` stands for a number or a name."""

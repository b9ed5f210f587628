"""What the tests of the forward pass say at the end: how many of ONNX's cases ran, and why the others did not."""

from forward.onnx_operators import REPORT


def pytest_terminal_summary(terminalreporter):
    if not REPORT:
        return
    ran = sum(count for count, _ in REPORT.values())
    left = sum(len(names) for _, reasons in REPORT.values() for names in reasons.values())
    terminalreporter.section(f"ONNX node cases: {ran} of {ran + left} ran")
    for operator, (count, reasons) in REPORT.items():
        total = count + sum(map(len, reasons.values()))
        why = "; ".join(f"{len(names)} for {reason}" for reason, names in reasons.items())
        terminalreporter.line(f"{operator:<22} {count:>2} of {total:>2}" + (f"   not {why}" if why else ""))

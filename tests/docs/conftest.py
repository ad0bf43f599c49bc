"""At the end, what was not run, with the reason that its page gives."""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parent))

import test_pages  # noqa: E402


def pytest_terminal_summary(terminalreporter):
    lines = []
    for page in test_pages.PAGES:
        blocks = test_pages.blocks_of(page)
        lines += [f"{page}:{block.line}: NOT RUN: {block.marks['not run']}" for block in blocks if "not run" in block.marks]
    terminalreporter.section("commands of pages that are not run here")
    for line in lines:
        terminalreporter.write_line(line)

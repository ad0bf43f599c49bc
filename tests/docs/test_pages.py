"""Every page's commands run as written; README.md says by which rules."""

import pages
import pytest
import shell

GLOBS = ["README.md", "CONTRIBUTING.md", "docs/*.md", "docs/decisions/*.md", "proto/*.md", "client_stubs/*/README.md", "client_stubs/README.md",
         "examples/README.md"]  # fmt: skip
PAGES = sorted({str(path.relative_to(shell.ROOT)) for pattern in GLOBS for path in shell.ROOT.glob(pattern)})


def blocks_of(page):
    return pages.blocks((shell.ROOT / page).read_text())


def runs(page):
    return any(pages.is_run(block) and "not run" not in block.marks for block in blocks_of(page))


@pytest.mark.parametrize("page", PAGES)
def test_blocks_say_whether_they_are_commands(page):
    for block in blocks_of(page):
        assert not pages.unmarked(block), f"{page}:{block.line}: commands: say ```sh or ```console, or why they are not run"
        assert block.marks.get("not run") != "", f"{page}:{block.line}: not run, and no reason"


@pytest.mark.parametrize("page", list(filter(runs, PAGES)))
def test_the_commands_of_the_page_run_as_written(page, tmp_path):
    if why := shell.why_not():
        pytest.skip(f"namespaces: {why}")
    bash = shell.Shell(tmp_path)
    try:
        for block in blocks_of(page):
            try:
                run_block(bash, block)
            except shell.Failed as error:
                pytest.fail(f"{page}:{block.line}: {error}", pytrace=False)
        for terminal in reversed(bash.terminals[:]):
            bash.stop(terminal)
    finally:
        bash.close()


def run_block(bash, block):
    marks = block.marks
    if "not run" in marks:
        return
    if "stop" in marks:
        bash.stop(bash.find(marks["stop"]))
    if "file" in marks:
        content = bash._piece(block.text)
        bash.run(f"cp '{content}' '{marks['file']}'\n")
    elif "prints" in marks:
        bash.prints(marks["prints"], block.text)
    elif "types" in marks:
        bash.types(marks["types"], block.text)
    elif pages.is_run(block):
        console = block.language != "sh"
        parts = pages.commands(block) if console else [(block.text, "")]
        if "stays" in marks:
            command, shown = parts[0]
            text = ".*".join(map(pages.re.escape, marks["stays"].split("\u2026")))
            bash.stay(command, text or r"\A" + pages.pattern(shown))
            return
        for number, (command, shown) in enumerate(parts, 1):
            printed = bash.run(command, marks.get("fails") if number == len(parts) else None)
            if shown.strip() and not pages.matches(shown, printed):
                raise shell.Failed(f"$ {command}printed:\n{printed}and the page shows:\n{shown}")

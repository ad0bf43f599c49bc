"""The rules of README.md, on made-up pages; and that docs/api is that of proto/, with links that lead somewhere."""

import re

import api_reference
import pages
import pytest
import shell


def test_marks_belong_to_the_block_below():
    text = "<!-- not run: why -->\n\n```sh\ndocker run x\n```\n\n```\n./dev run\n```\n<!-- stop: x -->\n"
    first, second, stop = pages.blocks(text)
    assert first.marks == {"not run": "why"} and not pages.unmarked(first)
    assert second.marks == {} and pages.unmarked(second) and stop.marks == {"stop": "x"}


def test_commands_and_what_they_print():
    (block,) = pages.blocks("```console\n$ a \\\n  b\nx\n$ cat <<END\n> c\n> END\nc\n$ d\n```\n")
    assert pages.commands(block) == [("a \\\n  b\n", "x\n"), ("cat <<END\nc\nEND\n", "c\n"), ("d\n", "")]


@pytest.mark.parametrize(
    "shown, printed, same",
    [("a \u2026 c\n", "a b c\n", True), ("a \u2026 c\n", "a b\nc\n", False), ("a\n\u2026\nc\n", "a\nb\nb\nc\n", True),
     ("a\n\u2026\nc\n", "a\nc\n", True), ("a\n", "a\nb\n", False), ("a", "a  \n", True)],
)  # fmt: skip
def test_wildcards(shown, printed, same):
    assert pages.matches(shown, printed) == same


@pytest.mark.skipif(bool(shell.why_not()), reason="namespaces are not here")
def test_a_page_that_is_wrong_fails(tmp_path):
    bash = shell.Shell(tmp_path)
    try:
        assert bash.run("x=1\n") == "" and bash.run('echo "$x"\n') == "1\n"
        assert bash.run("exit_with() { return 3; }; exit_with\n", "3") == ""
        with pytest.raises(shell.Failed):
            bash.run("false\necho not reached\n")
    finally:
        bash.close()


def test_the_reference_is_that_of_the_protos_and_its_links_lead_somewhere():
    made = api_reference.pages()
    for name, text in made.items():
        assert (shell.ROOT / "docs" / name).read_text() == text, "run ./dev proto"
    anchors = {name.split("/")[-1]: [api_reference.anchor(head) for head in re.findall(r"^#+ (.*)$", text, re.M)] for name, text in made.items()}
    for name, text in made.items():
        own = name.split("/")[-1]
        assert len(set(anchors[own])) == len(anchors[own]), name
        for page, where in re.findall(r"\]\((?:api/)?(\w+\.md)?#([\w-]+)\)", text):
            assert where in anchors[page or own], f"{name}: {page}#{where}"

"""What a document names exists: files, links, the functions that stand beside a file, commands and their options."""

import re

from tidylib.tree import Finding

PROJECT_FOLDERS = ("src/", "tests/", "tools/", "docs/", "share/", "packaging/", "fuzz/", "bench/", "web/", ".ci/")
CODE_SPAN = re.compile(r"`([^`\n]+)`")
LINK = re.compile(r"\[[^\]\n]*\]\(([^)\s]+)\)")
FUNCTION = re.compile(r"^(?:[A-Za-z_]\w*::)*(~?[A-Za-z_]\w*)\(\)$")
COMMAND_FOLDER = "src/app/cli/"
COMMAND_NAME = re.compile(r"\bCommandDef\s+\w+\s*=?\s*\{\s*\.name\s*=\s*\"([^\"]+)\"")
OPTION_NAME = re.compile(r"\.name\s*=\s*\"([a-z][a-z-]*)\"")
USE_OF_COMMAND = re.compile(r"(?:^|[`\"';(]|\brun: |- )[ \t]*tollgate ([a-z]+)(?: ([a-z]+))?([^`\n]*)", re.M)
TEXTS_WITH_COMMANDS = ("src/foundation/base/error_catalogue.cpp", "share/ci/")
PLACEHOLDER = re.compile(r"[<>*{}…]|\b[A-Z]{3,}\b(?!\.md)")


def check(tree):
    for path in tree.paths:
        if path.endswith(".md") and not path.startswith(("tests/", "src/edge/", "share/")):
            text = _without_blocks(tree.read(path))
            yield from _links(tree, path, text)
            yield from _names(tree, path, text)
    yield from _commands(tree)


def _without_blocks(text):
    """The text with fenced blocks emptied; lines stay."""
    return re.sub(r"^```.*?^```", lambda m: "\n" * m.group(0).count("\n"), text, flags=re.S | re.M)


def _links(tree, path, text):
    folder = path.rpartition("/")[0]
    for match in LINK.finditer(text):
        target = match.group(1).partition("#")[0]
        if target and "://" not in target and not target.startswith("mailto:") \
                and not (tree.root / folder / target).exists():
            yield _finding(path, text, match, f"the link to {target} leads nowhere")


def _names(tree, path, text):
    """Each paragraph or list item: every named file exists, every named function occurs in one of its files."""
    for block in re.finditer(r"(?:^.+\n?)+?(?=\n|\Z|^\s*(?:[-*]|\d+\.)\s)", text, re.M):
        spans = list(CODE_SPAN.finditer(text, block.start(), block.end()))
        files = []
        for span in spans:
            name = span.group(1).split(":")[0]
            if name.startswith(PROJECT_FOLDERS) and not PLACEHOLDER.search(name) and " " not in name:
                if tree.exists(name):
                    files.append(name)
                else:
                    yield _finding(path, text, span, f"there is no {name}")
        sources = [tree.file_of[name] for name in files if name in tree.file_of]
        for span in spans:
            function = FUNCTION.match(span.group(1))
            if function and sources and not any(
                    re.search(rf"\b{re.escape(function.group(1))}\s*\(", file.code) for file in sources):
                yield _finding(path, text, span, f"none of {', '.join(f.path for f in sources)} has {span.group(1)}")


def _commands(tree):
    """Each `tollgate WORDS --options` is a command with such options. Before there are commands nothing is checked."""
    sources = [file for file in tree.files if file.path.startswith(COMMAND_FOLDER)]
    names = {name for file in sources for name in COMMAND_NAME.findall(file.text)}
    options = {name for file in sources for name in OPTION_NAME.findall(file.text)} | {"help", "version"}
    if not names:
        return
    for path in tree.paths:
        if not path.startswith(TEXTS_WITH_COMMANDS) and not (path.endswith(".md") and not path.startswith("tests/")):
            continue
        text = tree.read(path)
        for use in USE_OF_COMMAND.finditer(text):
            first, second, rest = use.groups()
            if first not in names and f"{first} {second}" not in names:
                yield _finding(path, text, use, f"there is no command `{first}{' ' + second if second else ''}`")
            for option in re.findall(r"(?<=\s)--([a-z][a-z-]*)", rest.partition("#")[0]):
                if option not in options:
                    yield _finding(path, text, use, f"no command has the option --{option}")


def _finding(path, text, match, message):
    return Finding("documents", path, text.count("\n", 0, match.start()) + 1, message)

"""How a file looks: purpose comment, `#pragma once`, size of files and functions, length of lines, no loose ends."""

import re

from tidylib.tree import Finding

FILE_LINES_WARN = 400
FILE_LINES_MAX = 600
FUNCTION_LINES_MAX = 70
COLUMNS_MAX = 100
PURPOSE_CHARACTERS_MIN = 15

# Written in parts, so that this file does not contain what it looks for.
LOOSE_END = re.compile(r"\b(?:TO" r"DO|FIX" r"ME|XX" r"X|HA" r"CK)\b(?!\(#\d+\))")
MACHINE_PATHS = re.compile(r"(?<![\w.\-/])(?:/wo" r"rk/|/tmp/ba" r"sh_jobs|/ho" r"me/\w+/|/ro" r"ot/)")
UNBREAKABLE = re.compile(r'://|R"')  # addresses and raw strings
NOT_A_FUNCTION = re.compile(r"\b(?:if|for|while|switch|catch|else|do|try|namespace|class|struct|union|enum|return|requires)\b")
PREPROCESSOR = re.compile(r"^[ \t]*#(?:[^\n\\]|\\\n|\\)*", re.M)


def check(tree):
    for file in tree.files:
        yield from _purpose(file)
        yield from _size(file)
        yield from _functions(file)
        yield from _lines(file)
        if file.is_header and "#pragma once" not in file.text:
            yield Finding("pragma-once", file.path, 1, "a header begins with `#pragma once` behind its purpose")
    for path, text in tree.texts():
        yield from _loose_ends(path, text)


def _purpose(file):
    """The purpose stands in the first line; for the .cpp of a header, in the header."""
    first = file.text.split("\n", 1)[0]
    included = re.match(r'#include "([^"]+)"', first)
    if included and not file.is_header and f"/{file.path.removesuffix('.cpp')}.hpp".endswith(f"/{included.group(1)}"):
        return
    if not first.startswith("// ") or len(first) < PURPOSE_CHARACTERS_MIN:
        yield Finding("purpose", file.path, 1, "the first line says what the file is for: `// ...`")


def _size(file):
    lines = file.text.count("\n")
    if lines > FILE_LINES_WARN:
        limit = FILE_LINES_MAX if lines > FILE_LINES_MAX else FILE_LINES_WARN
        yield Finding("file-size", file.path, 1, f"{lines} lines; {limit} are enough", is_error=lines > FILE_LINES_MAX)


def _lines(file):
    for number, line in enumerate(file.text.split("\n"), 1):
        if len(line) > COLUMNS_MAX and not UNBREAKABLE.search(line):
            yield Finding("columns", file.path, number, f"{len(line)} columns; {COLUMNS_MAX} are enough (make format)")


def _functions(file):
    for name, line, length in functions(file):
        if length > FUNCTION_LINES_MAX:
            yield Finding("function-size", file.path, line, f"{name} has {length} lines; {FUNCTION_LINES_MAX} are enough",
                          name=name)


def functions(file):
    """(name, first line, number of lines) of each function body that is not inside another function."""
    code = PREPROCESSOR.sub(lambda m: re.sub(r"[^\n]", " ", m.group(0)), file.code)
    head_start, inside, stack = 0, None, []
    for match in re.finditer(r"[{};]", code):
        at, token = match.start(), match.group(0)
        if token == ";" and inside is None:
            head_start = at + 1
        elif token == "{":
            head = code[head_start:at]
            if inside is None and _is_function_head(head):
                start = head_start + len(head) - len(head.lstrip())
                inside = (_function_name(head), start, len(stack))
            stack.append(at)
            if inside is None:
                head_start = at + 1
        elif token == "}" and stack:
            stack.pop()
            if inside is not None and len(stack) == inside[2]:
                first, last = file.line_of(inside[1]), file.line_of(at)
                yield inside[0], first, last - first + 1
                inside = None
            if inside is None:
                head_start = at + 1


def _is_function_head(head):
    return "(" in head and not NOT_A_FUNCTION.search(head.split("(")[0]) and not re.search(r"=\s*$", head) \
        and not re.match(r"\s*(?:namespace|class|struct|union|enum)\b", head)


def _function_name(head):
    """The name before the first parenthesis; for a test, suite and sentence."""
    test = re.search(r"\b(?:TEST|TEST_F|TEST_P|RC_GTEST_PROP)\s*\(([^)]*)\)?", head)
    if test:
        return ".".join(part.strip() for part in test.group(1).split(",")[:2])
    name = re.search(r"([A-Za-z_~][\w:~]*|operator\s*\S+)\s*\(", head)
    return name.group(1) if name else "?"


def _loose_ends(path, text):
    for pattern, rule, message in ((LOOSE_END, "loose-end", "name the issue, as in TODO(#12), or do it"),
                                   (MACHINE_PATHS, "machine-path", "a path of one machine has no place in the project")):
        for match in pattern.finditer(text):
            line = text.count("\n", 0, match.start()) + 1
            yield Finding(rule, path, line, f"{match.group(0)}: {message}")

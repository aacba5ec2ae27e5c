"""Everything is on its list: sources in CMakeLists.txt, plug-ins in all.cpp, error codes in the catalogue of errors."""

import re

from tidylib.tree import Finding, cmake_calls

CODES_HEADER = "src/foundation/base/codes.hpp"
CODES_CATALOGUE = "src/foundation/base/error_catalogue.cpp"
HEADER_CATALOGUES = ("kinds",)  # folders whose plug-ins are headers
DEFINITION = re.compile(r"^(?:extern )?const \w+Def (\w+)\s*(?:=|\{)", re.M)  # of a plug-in: `const CheckDef coverage_v1 =`
CODE_DECLARATION = re.compile(r"\b([a-z_0-9]+)\{(\d+)\}")
CATALOGUE_ROW = re.compile(r'^\s*\{(?:codes::)?([a-z_0-9]+),\s*"([a-z_0-9]+)"', re.M)


def check(tree):
    yield from _sources_are_listed(tree)
    yield from _plugins_are_listed(tree)
    if CODES_HEADER in tree.file_of and CODES_CATALOGUE in tree.file_of:
        yield from _codes_have_rows(tree)


def _sources_are_listed(tree):
    listed = set()
    for folder, text in tree.cmake.items():
        for _, arguments in cmake_calls(text):
            listed.update(f"{folder}/{argument}" for argument in arguments if argument.endswith(".cpp"))
    for file in tree.files:
        if not file.is_header and file.path not in listed:
            yield Finding("unlisted", file.path, 1, "no CMakeLists.txt names this source")


def _plugins_are_listed(tree):
    """A plug-in is a .cpp without a header of its own (in the folder of kinds: a header)."""
    for catalogue in tree.files:
        if not catalogue.path.endswith("/all.cpp") or not catalogue.path.startswith("src/"):
            continue
        suffix = ".hpp" if catalogue.folder.endswith(HEADER_CATALOGUES) else ".cpp"
        names = re.sub(r"//[^\n]*", "", catalogue.text)
        for file in tree.files:
            if file.folder == catalogue.folder and file.path.endswith(suffix) and file is not catalogue:
                for missing in _missing_plugins(tree, file, suffix, names):
                    yield Finding("catalogue", file.path, 1, f"{catalogue.path} does not list {missing}")


def _missing_plugins(tree, file, suffix, names):
    """What `file` defines and the text of its catalogue does not name: its definitions, or else what it is called."""
    definitions = DEFINITION.findall(file.code)
    if definitions:
        return [name for name in definitions if not re.search(rf"\b{name}\b", names)]
    stem = file.path.rpartition("/")[2].removesuffix(suffix)
    is_shared = suffix == ".cpp" and f"{file.folder}/{stem}.hpp" in tree.file_of  # not a plug-in: it has users
    is_listed = re.search(rf"(?<![a-z0-9])k?{_plain(stem)}", _plain(names))
    return [] if stem == "all" or is_shared or is_listed else [stem]


def _plain(text):
    """go_cover and GoCover are the same name."""
    return text.replace("_", "").lower()


def _codes_have_rows(tree):
    header, rows = tree.file_of[CODES_HEADER], tree.file_of[CODES_CATALOGUE]
    declared = {m.group(1): int(m.group(2)) for m in CODE_DECLARATION.finditer(header.code)}
    yield from _duplicates(declared)
    listed = [(m.group(1), m.group(2), rows.line_of(m.start(1))) for m in CATALOGUE_ROW.finditer(rows.text)]
    for name in declared.keys() - {code for code, _, _ in listed}:
        yield Finding("codes", CODES_CATALOGUE, 1, f"{name} has no row")
    previous = 0
    for code, text, line in listed:
        if code not in declared:
            yield Finding("codes", CODES_CATALOGUE, line, f"{code} is not declared in {CODES_HEADER}")
            continue
        if code != text:
            yield Finding("codes", CODES_CATALOGUE, line, f'{code} is called "{text}"')
        if declared[code] <= previous:
            yield Finding("codes", CODES_CATALOGUE, line, f"{code} stands behind a larger number; rows are sorted, each once")
        previous = declared[code]
    for file in tree.files:
        for match in re.finditer(r"\bcodes::([a-z_0-9]+)\b", file.code):
            if match.group(1) not in declared:
                yield Finding("codes", file.path, file.line_of(match.start()), f"codes::{match.group(1)} is not declared")


def _duplicates(declared):
    seen = {}
    for name, number in declared.items():
        if number in seen:
            yield Finding("codes", CODES_HEADER, 1, f"{name} and {seen[number]} are both {number}")
        seen[number] = name

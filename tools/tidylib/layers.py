"""Arrows point downwards: floors, the order of the domain folders, the DEPS of each module, third parties in headers.

A file may include headers of its own module, of the module's DEPS, and of what these depend on in turn: modules link
PUBLIC, so a dependency's dependencies are part of its interface.
"""

from tidylib.tree import Finding

FLOORS = {"foundation": 0, "domain": 1, "engine": 2, "edge": 3, "app": 4}
SIM_MAY_NOT_USE = "app"
DOMAIN_ORDER = ["calendar", "model", "stats", "schedule", "queue", "slo", "rules", "traces", "delivery", "rollout", "workflow",
                "gate", "insight", "compliance"]
HEADER_LIBRARIES = ("fmt/", "tl/")  # the only third parties that a header may include
THIRD_PARTIES = ("boost/", "openssl/", "sqlite3", "libfyaml", "re2/", "curl/", "expat", "spdlog/", "CLI/", "libical/",
                 "date/", "google/protobuf", "snappy", "zlib", "sodium", "git2", "libpq")


def check(tree):
    users = _users_of_headers(tree)
    for file in tree.files:
        parts = file.path.split("/")
        if parts[0] != "src":
            yield from _includes_exist(tree, file)
            continue
        yield from _includes_exist(tree, file)
        yield from _third_parties(file, users)
        module = tree.module_of(file)
        allowed = tree.reachable(module) if module else None
        for line, is_quoted, name in file.includes:
            target = tree.file_of.get(f"src/{name}") if is_quoted else None
            if target is None:
                continue
            message = _wrong_direction(parts, name.split("/"))
            if message:
                yield Finding("floors", file.path, line, message)
            elif allowed is not None:
                yield from _undeclared(tree, file, line, module, allowed, target)


def _includes_exist(tree, file):
    for line, is_quoted, name in file.includes:
        if is_quoted and f"src/{name}" not in tree.file_of and f"tests/{name}" not in tree.file_of \
                and not tree.exists(f"{file.folder}/{name}"):
            if name.partition("/")[0] in FLOORS or name.partition("/")[0] == "sim":
                yield Finding("includes", file.path, line, f'there is no "{name}"')


def _users_of_headers(tree):
    """{header path: folders of the files of src that include it}."""
    users = {}
    for file in tree.files:
        if file.path.startswith("src/"):
            for _, is_quoted, name in file.includes:
                if is_quoted:
                    users.setdefault(f"src/{name}", set()).add(file.folder)
    return users


def _third_parties(file, users):
    """A header that only its own folder includes is private and may use a library; others show it to everybody."""
    if not file.is_header or users.get(file.path, set()) <= {file.folder}:
        return
    for line, is_quoted, name in file.includes:
        if not is_quoted and name.startswith(THIRD_PARTIES) and not name.startswith(HEADER_LIBRARIES):
            yield Finding("third-party", file.path, line, f"<{name}> in a header; keep it in a .cpp behind our own interface")


def _wrong_direction(own, other):
    """Why `own` (path with src) may not include `other` (path without src), or an empty text."""
    own_floor, other_floor = own[1], other[0]
    if own_floor == "sim":
        return f"sim may not use {SIM_MAY_NOT_USE}" if other_floor == SIM_MAY_NOT_USE else ""
    if other_floor == "sim":
        return "only tests may use sim"
    if FLOORS.get(other_floor, 0) > FLOORS.get(own_floor, 0):
        return f"{own_floor} may not use {other_floor}: arrows point downwards"
    if own_floor == other_floor == "domain" and own[2] in DOMAIN_ORDER and other[1] in DOMAIN_ORDER \
            and DOMAIN_ORDER.index(other[1]) > DOMAIN_ORDER.index(own[2]):
        return f"domain/{own[2]} may not use domain/{other[1]}, which stands behind it"
    return ""


def _undeclared(tree, file, line, module, allowed, target):
    other = tree.module_of(target)
    if other and other.name not in allowed:
        yield Finding("deps", file.path, line,
                      f"{module.name} uses {other.name} without naming it in DEPS of {module.folder}/CMakeLists.txt")

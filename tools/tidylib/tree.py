"""The tree of source files as the rules see it: text, code without comments and strings, includes, CMake modules."""

import dataclasses
import functools
import pathlib
import re

CODE_FOLDERS = ("src", "tests", "fuzz", "bench")
CODE_SUFFIXES = (".cpp", ".hpp")
SKIPPED_FOLDERS = {".git", "build", ".cache", "node_modules", "__pycache__"}
TEXT_SUFFIXES = {".cpp", ".hpp", ".py", ".md", ".txt", ".yaml", ".yml", ".json", ".cmake", ".sh", ".journey", ".proto",
                 ".ts", ".tsx", ".css", ".html", ".service", ".conf", ""}
FILE_BYTES_MAX = 2_000_000  # larger files are data, not sources

COMMENT_OR_STRING = re.compile(
    r"""//[^\n]*|/\*.*?\*/|R"([^()\\ ]{0,16})\(.*?\)\1"|"(?:\\.|[^"\\\n])*"|(?<![0-9A-Za-z_])'(?:\\.|[^'\\\n])+'""", re.S)
INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]+([<"])([^>"]+)[>"]', re.M)
TARGET_PREFIX = "tollgate_"  # of the CMake target of a module
CMAKE_COMMENT = re.compile(r"#[^\n]*")
CMAKE_CALL = re.compile(r"\b([A-Za-z_]\w*)\s*\(([^()]*)\)")


@dataclasses.dataclass(frozen=True)
class Finding:
    rule: str
    path: str
    line: int
    message: str
    name: str = ""  # of the function or thing that is meant, for the allow-list
    is_error: bool = True

    def text(self):
        kind = "error" if self.is_error else "warning"
        return f"{self.path}:{self.line}: {kind}[{self.rule}]: {self.message}"


def blank(match):
    """Spaces in place of a comment or string, so that lines and columns stay."""
    return re.sub(r"[^\n]", " ", match.group(0))


class SourceFile:
    """One C++ file. `path` is relative to the root, with forward slashes."""

    def __init__(self, root, path):
        self.path = path
        self.text = (root / path).read_text(encoding="utf-8", errors="replace")

    @functools.cached_property
    def code(self):
        """The text with comments and string literals blanked."""
        return COMMENT_OR_STRING.sub(blank, self.text)

    @functools.cached_property
    def includes(self):
        """(line, is_quoted, name) of each include."""
        return [(self.line_of(m.start()), m.group(1) == '"', m.group(2)) for m in INCLUDE.finditer(self.text)]

    def line_of(self, offset):
        return self.text.count("\n", 0, offset) + 1

    @property
    def folder(self):
        return self.path.rpartition("/")[0]

    @property
    def is_header(self):
        return self.path.endswith(".hpp")


@dataclasses.dataclass
class Module:
    """A tollgate_module of a CMakeLists.txt."""
    name: str
    folder: str
    sources: list
    deps: list


class Tree:
    def __init__(self, root):
        self.root = pathlib.Path(root)
        self.paths = sorted(self._walk())
        self.files = [SourceFile(self.root, path) for path in self.paths
                      if path.split("/")[0] in CODE_FOLDERS and path.endswith(CODE_SUFFIXES)]
        self.file_of = {file.path: file for file in self.files}
        self.cmake = {path.rpartition("/")[0]: self.read(path) for path in self.paths
                      if path.rpartition("/")[2] == "CMakeLists.txt"}
        self.modules = {}
        for folder, text in self.cmake.items():
            for module in _modules(folder, text):
                self.modules[module.name] = module

    def read(self, path):
        return (self.root / path).read_text(encoding="utf-8", errors="replace")

    def exists(self, path):
        return (self.root / path).exists()

    def texts(self):
        """(path, text) of every text file of the project."""
        for path in self.paths:
            full = self.root / path
            if full.suffix in TEXT_SUFFIXES and full.stat().st_size <= FILE_BYTES_MAX:
                yield path, self.file_of[path].text if path in self.file_of else self.read(path)

    def module_of(self, file):
        """The module that a file belongs to: the one that lists it, else the one of the nearest folder above it."""
        for module in self.modules.values():
            if file.path in module.sources:
                return module
        folder = file.folder
        while folder:
            here = [module for module in self.modules.values() if module.folder == folder]
            if here:
                beside = [m for m in here if any(s.rpartition("/")[0] == file.folder for s in m.sources)]
                return (beside or here)[0]
            folder = folder.rpartition("/")[0]
        return None

    def reachable(self, module):
        """Names of the modules whose headers `module` may include: its DEPS and theirs, since links are PUBLIC."""
        seen, waiting = {module.name}, list(module.deps)
        while waiting:
            name = waiting.pop()
            if name not in seen:
                seen.add(name)
                waiting.extend(self.modules[name].deps if name in self.modules else [])
        return seen

    def _walk(self):
        stack = [self.root]
        while stack:
            for entry in stack.pop().iterdir():
                if entry.is_symlink():
                    continue
                if entry.is_dir():
                    if entry.name not in SKIPPED_FOLDERS and not entry.name.startswith("build-"):
                        stack.append(entry)
                elif entry.is_file() and entry.name != ".git":  # a file in a second worktree
                    yield entry.relative_to(self.root).as_posix()


def cmake_calls(text):
    """(function, arguments) of each call in a CMake file, comments left out."""
    for match in CMAKE_CALL.finditer(CMAKE_COMMENT.sub("", text)):
        yield match.group(1), match.group(2).split()


def _modules(folder, text):
    """Modules by tollgate_module, and header-only ones by add_library(tollgate_NAME INTERFACE)."""
    modules = {}
    for function, arguments in cmake_calls(text):
        if function == "tollgate_module" and arguments:
            lists = _lists_of(arguments[1:])
            sources = [f"{folder}/{source}" for source in lists["SOURCES"]]
            modules[arguments[0]] = Module(arguments[0], folder, sources, lists["DEPS"])
        elif function == "add_library" and "INTERFACE" in arguments and arguments[0].startswith(TARGET_PREFIX):
            name = arguments[0].removeprefix(TARGET_PREFIX)
            modules[name] = Module(name, folder, [], [])
        elif function == "target_link_libraries" and arguments[0].removeprefix(TARGET_PREFIX) in modules:
            links = [a.removeprefix(TARGET_PREFIX) for a in arguments[1:] if a.startswith(TARGET_PREFIX)]
            modules[arguments[0].removeprefix(TARGET_PREFIX)].deps.extend(links)
    return modules.values()


def _lists_of(arguments):
    lists = {"SOURCES": [], "DEPS": [], "LIBS": []}
    current = None
    for argument in arguments:
        if argument in lists:
            current = argument
        elif current:
            lists[current].append(argument)
    return lists

"""What pure folders must not touch (clock, randomness, threads, I/O, environment, unordered containers, locale), and
what no file of ours may use."""

import re

from tidylib.tree import Finding

PURE_FOLDERS = ("src/domain/", "src/foundation/doc/", "src/foundation/reflect/")

PURE_BANS = [
    ("clock", r"(?:system|steady|high_resolution|utc)_clock\b|\bclock_gettime\b|\bgettimeofday\b|\blocaltime\b"
              r"|std::time\b|(?<![\w.>])time\s*\(\s*(?:nullptr|NULL|0|&)"),
    ("randomness", r"(?<![\w.>])s?rand\s*\(|\brandom_device\b|\barc4random|\bgetrandom\b"),
    ("threads", r"std::(?:jthread|thread|mutex|shared_mutex|recursive_mutex|atomic|condition_variable|async|future)\b"
                r"|\bthread_local\b|\bpthread_"),
    ("I/O", r"\bf(?:open|read|write|printf|puts)\s*\(|\bstd::(?:cout|cerr|clog|cin|printf|puts|[io]?fstream|filesystem)\b"
            r"|\bsystem\s*\(|\bpopen\s*\("),
    ("the environment", r"\b(?:secure_)?getenv\b|\bsetenv\b"),
    ("unordered iteration", r"\bunordered_\w+"),
    ("the locale", r"std::locale\b|\bsetlocale\b|\bimbue\b|\bstrto(?:d|f|ld)\b|\bato[fil]\b|std::sto(?:d|f|ld)\b"),
    ("an impure header", r"#\s*include\s*<(?:chrono|thread|mutex|shared_mutex|atomic|condition_variable|future|fstream|"
                         r"iostream|filesystem|random|unordered_map|unordered_set|locale|unistd\.h|sys/[^>]*)>"),
]

EVERYWHERE_BANS = [
    ("<regex>: slow and without bounds; use RE2", r"#\s*include\s*<regex>"),
    ("<ranges> views", r"#\s*include\s*<ranges>"),
    ("coroutines", r"\bco_(?:await|yield|return)\b"),
    ("using namespace std", r"\busing\s+namespace\s+std\s*;"),
]

HEADER_BANS = [
    ("<iostream> in a header", r"#\s*include\s*<iostream>"),
    ("a using-directive in a header", r"^\s*using\s+namespace\b"),
]


def check(tree):
    for file in tree.files:
        if not file.path.startswith("src/"):
            continue
        if file.path.startswith(PURE_FOLDERS):
            yield from _bans(file, "purity", PURE_BANS, "a pure folder must not use {}")
        yield from _bans(file, "banned", EVERYWHERE_BANS, "{} is not used here")
        if file.is_header:
            yield from _bans(file, "banned", HEADER_BANS, "{} is not used here")


def _bans(file, rule, bans, words):
    for what, pattern in bans:
        for match in re.finditer(pattern, file.code, re.M):
            yield Finding(rule, file.path, file.line_of(match.start()), words.format(what) + f": {match.group(0).strip()}")

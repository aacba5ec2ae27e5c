"""The list of exceptions: one a line, `rule path[#name] reason`. An exception that excuses nothing is an error itself."""

from tidylib.tree import Finding

ALLOW_PATH = "tools/tidy_allow.txt"


class AllowList:
    def __init__(self, entries, problems):
        self.entries = entries  # (rule, path, name) -> line
        self.problems = problems

    @classmethod
    def read(cls, path):
        entries, problems = {}, []
        lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
        for number, line in enumerate(lines, 1):
            if not line.strip() or line.startswith("#"):
                continue
            parts = line.split(None, 2)
            if len(parts) < 3:
                problems.append(Finding("allow", ALLOW_PATH, number, "an exception needs a rule, a path and a reason"))
                continue
            place, _, name = parts[1].partition("#")
            entries[(parts[0], place, name)] = number
        return cls(entries, problems)

    def filter(self, findings):
        """The findings that no entry excuses, and one more for each entry that excuses nothing."""
        kept, used = list(self.problems), set()
        for finding in findings:
            keys = [(finding.rule, finding.path, finding.name), (finding.rule, finding.path, "")]
            key = next((key for key in keys if key in self.entries), None)
            if key is None:
                kept.append(finding)
            else:
                used.add(key)
        for key, line in self.entries.items():
            if key not in used:
                kept.append(Finding("allow", ALLOW_PATH, line, f"{key[0]} {key[1]} is no longer needed; remove the line"))
        return kept

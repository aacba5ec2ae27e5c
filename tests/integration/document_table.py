# A part of docs/ALERTS.md that a test computes.
import os
import sys

DOCUMENT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../docs/ALERTS.md")


def check(name, made):
    """0 if the part between the marks of `name` is `made`, or was written anew (--write); 1 otherwise."""
    begin, end = "<!-- %s: begin -->\n" % name, "<!-- %s: end -->\n" % name
    with open(DOCUMENT, encoding="utf-8") as file:
        text = file.read()
    before, rest = text.split(begin)
    old, after = rest.split(end)
    if "--write" in sys.argv:
        with open(DOCUMENT, "w", encoding="utf-8") as file:
            file.write(before + begin + made + end + after)
    elif old != made:
        print("docs/ALERTS.md says something else (rewrite it with --write):\n" + made)
        return 1
    return 0

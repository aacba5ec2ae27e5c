#!/usr/bin/env python3
"""docs/COVERAGE.md follows the `row:` headers of the journeys."""

import pathlib
import subprocess
import tempfile
import unittest

COVERAGE = pathlib.Path(__file__).resolve().parents[2] / "tools" / "coverage"


class CoverageTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name)
        self.journey("m1/budget.journey", "row: 1.2, 2.1  a spent budget stops a release\n")

    def journey(self, name, text):
        path = self.root / "tests" / "journeys" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def run_coverage(self, *arguments):
        result = subprocess.run([COVERAGE, "--root", self.root, *arguments], capture_output=True, text=True, check=False)
        return result.returncode, result.stdout

    def test_every_row_stands_with_its_journeys(self):
        self.assertEqual(self.run_coverage(), (0, ""))
        text = (self.root / "docs" / "COVERAGE.md").read_text(encoding="utf-8")
        self.assertIn("2 of 42 practices have a journey.", text)
        for row in ("| 1.2 |", "| 2.1 |"):
            line = next(line for line in text.splitlines() if line.startswith(row))
            self.assertIn("[budget](../tests/journeys/m1/budget.journey)", line)

    def test_a_document_that_lags_behind_is_found(self):
        self.run_coverage()
        self.assertEqual(self.run_coverage("--check"), (0, ""))
        self.journey("m2/tests.journey", "row: 2.4\n")
        code, output = self.run_coverage("--check")
        self.assertEqual(code, 3)
        self.assertIn("not up to date", output)

    def test_an_unknown_row_and_a_missing_header_are_found(self):
        self.journey("m9/odd.journey", "row: 9.9\n")
        self.journey("m9/none.journey", "at 2026-03-02T10:00Z\n")
        code, output = self.run_coverage()
        self.assertEqual(code, 3)
        self.assertIn("m9/odd.journey: there is no row 9.9", output)
        self.assertIn("m9/none.journey: no `row:` header", output)


if __name__ == "__main__":
    unittest.main()

#!/usr/bin/env python3
"""The program in docs/LEDGER.md verifies an export made by the rules of that page, and finds any flipped byte."""

import base64
import hashlib
import json
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

DOCUMENT = pathlib.Path(__file__).resolve().parents[2] / "docs" / "LEDGER.md"
LEAVES = [json.dumps({"position": n, "type": "verdict.given"}, separators=(",", ":")).encode() for n in range(7)]


def tree_root(hashes):
    """The root by levels: a node over each pair, a hash without partner moves up. Another way than the document's."""
    while len(hashes) > 1:
        pairs = [hashlib.sha256(b"\x01" + a + b).digest() for a, b in zip(hashes[::2], hashes[1::2])]
        hashes = pairs + hashes[len(pairs) * 2:]
    return hashes[0]


def export():
    hashes = [hashlib.sha256(b"\x00" + leaf).digest() for leaf in LEAVES]
    text = base64.b64encode(tree_root(hashes)).decode()
    header = {"checkpoint": f"log.example\n{len(LEAVES)}\n{text}\n\n— log.example AAAA\n",
              "leaf_checks": base64.b64encode(b"".join(h[:4] for h in hashes)).decode(),
              "origin": "log.example", "root": text, "size": len(LEAVES), "vkey": ""}
    return b"".join(line + b"\n" for line in [json.dumps(header).encode(), *LEAVES])


class LedgerDocumentTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        program = re.search(r"^```python\n(.*?)^```", DOCUMENT.read_text(encoding="utf-8"), re.S | re.M).group(1)
        (self.folder / "verify.py").write_text(program, encoding="utf-8")

    def verify(self, content):
        (self.folder / "export.jsonl").write_bytes(content)
        return subprocess.run([sys.executable, self.folder / "verify.py", self.folder / "export.jsonl"],
                              capture_output=True, text=True, check=False)

    def test_an_untouched_export_is_good(self):
        result = self.verify(export())
        self.assertEqual((result.returncode, result.stdout[:19]), (0, "ok: log.example, 7 "), result.stderr)

    def test_a_flipped_byte_names_its_leaf(self):
        content = bytearray(export())
        content[content.index(LEAVES[4]) + 5] ^= 1
        result = self.verify(bytes(content))
        self.assertEqual((result.returncode, result.stderr.strip()), (1, "leaf 4 was changed"))

    def test_a_leaf_that_is_missing_is_found(self):
        result = self.verify(export().replace(LEAVES[6] + b"\n", b""))
        self.assertEqual((result.returncode, result.stderr.strip()), (1, "these are not the leaves of the checkpoint"))


if __name__ == "__main__":
    unittest.main()

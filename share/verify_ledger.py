#!/usr/bin/env python3
"""Recomputes the root of an exported Tollgate ledger (RFC 6962) and compares it with the header and its checkpoint.

Usage: verify_ledger.py FILE. Needs nothing but Python. The signature is left to any C2SP note verifier.
"""
import base64, hashlib, json, sys

def sha256(*parts):
    return hashlib.sha256(b"".join(parts)).digest()

with open(sys.argv[1], "rb") as file:
    header = json.loads(file.readline())
    size, subtrees = 0, []  # subtrees: roots of perfect subtrees, largest first
    for line in file:
        node, size = sha256(b"\0", line.removesuffix(b"\n")), size + 1
        for _ in range((size & -size).bit_length() - 1):
            node = sha256(b"\1", subtrees.pop(), node)
        subtrees.append(node)
root = subtrees.pop() if subtrees else sha256()
while subtrees:
    root = sha256(b"\1", subtrees.pop(), root)

origin, signed_size, signed_root = header["checkpoint"].split("\n")[:3]
is_ok = (header["origin"] == origin and header["size"] == int(signed_size) == size
         and header["root"] == "sha256:" + root.hex() and base64.b64decode(signed_root) == root)
print(json.dumps({"ok": is_ok, "size": size, "root": "sha256:" + root.hex()}))
sys.exit(0 if is_ok else 30)

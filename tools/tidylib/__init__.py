"""The rules behind tools/tidy. Each rule module has check(tree) -> findings."""

#!/usr/bin/env python3
"""Each rule of tools/tidy finds the mistake it is for, and says nothing about a clean tree."""

import pathlib
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools"))
sys.dont_write_bytecode = True

from tidylib import catalogues, documents, layers, purity, shape  # noqa: E402
from tidylib.allow import AllowList  # noqa: E402
from tidylib.tree import Tree  # noqa: E402

CLEAN = {
    "src/foundation/base/CMakeLists.txt": "tollgate_module(base\n  SOURCES time.cpp)\n",
    "src/foundation/base/time.hpp": "// Points and spans of time, in milliseconds.\n#pragma once\n#include <string>\n",
    "src/foundation/base/time.cpp": '#include "foundation/base/time.hpp"\nint f(int a) {\n  return a;\n}\n',
    "src/domain/model/CMakeLists.txt": "tollgate_module(model SOURCES slo.cpp DEPS base)  # the nouns\n",
    "src/domain/model/slo.hpp": '// What an SLO promises, and to whom.\n#pragma once\n#include "foundation/base/time.hpp"\n',
    "src/domain/model/slo.cpp": '#include "domain/model/slo.hpp"\n',
    "src/domain/gate/CMakeLists.txt": "tollgate_module(gate SOURCES gate.cpp checks/all.cpp checks/coverage.cpp DEPS model)\n",
    "src/domain/gate/gate.hpp": "// Judges the rules of a gate over facts.\n#pragma once\n",
    "src/domain/gate/gate.cpp": '#include "domain/gate/gate.hpp"\n#include "foundation/base/time.hpp"\n',
    "src/domain/gate/checks/all.cpp": "// The catalogue of checks, sorted by name.\nextern const int coverage_v1;\n",
    "src/domain/gate/checks/coverage.cpp": "// The check on test coverage, one file.\nconst int coverage_v1 = 1;\n",
    "src/engine/CMakeLists.txt": "tollgate_module(engine SOURCES engine.cpp DEPS gate)\n",
    "src/engine/engine.cpp": '// Runs the straight line of a request.\n#include "domain/gate/gate.hpp"\n',
    "docs/ARCHITECTURE.md": "1. `src/foundation/base/time.cpp`: `f()` answers. See [time](../src/foundation/base/time.hpp).\n",
}


def findings(rule, changes=None):
    """What `rule` finds in the clean tree with some files added or replaced."""
    with tempfile.TemporaryDirectory() as folder:
        root = pathlib.Path(folder)
        for path, text in (CLEAN | (changes or {})).items():
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_text(text, encoding="utf-8")
        return list(rule.check(Tree(root)))


class TidyTest(unittest.TestCase):
    def expect(self, rule, changes, path, words):
        """Exactly one error, at `path`, whose message contains `words`."""
        errors = [finding for finding in findings(rule, changes) if finding.is_error]
        self.assertEqual([(e.path, words in e.message) for e in errors], [(path, True)], [e.text() for e in errors])

    def test_a_clean_tree_has_no_findings(self):
        for rule in (layers, purity, shape, catalogues, documents):
            self.assertEqual([f.text() for f in findings(rule)], [], rule.__name__)

    def test_a_lower_floor_may_not_include_a_higher_one(self):
        path = "src/foundation/base/time.cpp"
        self.expect(layers, {path: '#include "foundation/base/time.hpp"\n#include "domain/gate/gate.hpp"\n'}, path,
                    "foundation may not use domain")

    def test_domain_folders_use_only_those_in_front_of_them(self):
        path = "src/domain/model/slo.cpp"
        self.expect(layers, {path: '#include "domain/model/slo.hpp"\n#include "domain/gate/gate.hpp"\n'}, path,
                    "domain/model may not use domain/gate")

    def test_a_module_names_what_it_uses(self):
        path = "src/domain/gate/gate.cpp"
        self.expect(layers, {"src/domain/gate/CMakeLists.txt": "tollgate_module(gate SOURCES gate.cpp)\n"}, path,
                    "gate uses base without naming it")

    def test_the_dependencies_of_a_dependency_may_be_used(self):
        path = "src/engine/engine.cpp"
        self.assertEqual(findings(layers, {path: '// Runs the line.\n#include "foundation/base/time.hpp"\n'}), [])

    def test_a_module_of_headers_only_is_a_module(self):
        ports = {"src/engine/ports/CMakeLists.txt": "add_library(tollgate_ports INTERFACE)\n"
                                                    "target_link_libraries(tollgate_ports INTERFACE tollgate_base)\n",
                 "src/engine/ports/clock.hpp": '// Where time comes from.\n#pragma once\n'
                                               '#include "foundation/base/time.hpp"\n'}
        self.assertEqual([f.text() for f in findings(layers, ports)], [])
        path = "src/engine/ports/clock.hpp"
        self.expect(layers, ports | {path: '// Where time comes from.\n#pragma once\n#include "domain/model/slo.hpp"\n'},
                    path, "ports uses model")

    def test_the_simulation_may_not_use_the_application(self):
        self.expect(layers, {"src/app/cli.hpp": "// The command line, first floor.\n#pragma once\n",
                             "src/sim/world.cpp": '// The simulated world.\n#include "app/cli.hpp"\n'},
                    "src/sim/world.cpp", "sim may not use app")

    def test_an_include_that_does_not_exist_is_found(self):
        path = "src/domain/gate/gate.hpp"
        self.expect(layers, {path: '// Judges.\n#pragma once\n#include "domain/gate/gone.hpp"\n'}, path, "there is no")

    def test_third_parties_stay_out_of_headers(self):
        path = "src/domain/gate/gate.hpp"
        self.expect(layers, {path: "// Judges.\n#pragma once\n#include <boost/json.hpp>\n"}, path, "in a header")
        private = "src/foundation/base/time.hpp"
        self.assertEqual(findings(layers, {"src/domain/model/slo.hpp": "// What an SLO promises.\n#pragma once\n",
                                           "src/domain/gate/gate.cpp": '#include "domain/gate/gate.hpp"\n',
                                           private: "// Time.\n#pragma once\n#include <openssl/evp.h>\n"}), [])
        self.assertEqual(findings(layers, {path: "// Judges.\n#pragma once\n#include <fmt/core.h>\n"}), [])

    def test_pure_folders_touch_nothing_of_the_world(self):
        path = "src/domain/model/slo.cpp"
        for code, what in [("auto t = std::chrono::system_clock::now();", "clock"), ("long t = time(nullptr);", "clock"),
                           ("int r = rand();", "randomness"), ("std::random_device seed;", "randomness"),
                           ("std::mutex m;", "threads"), ("std::thread t;", "threads"),
                           ("auto* f = fopen(name, mode);", "I/O"), ("std::ifstream in(name);", "I/O"),
                           ("auto* home = getenv(name);", "environment"), ("std::unordered_map<int, int> m;", "unordered"),
                           ("std::locale here;", "locale"), ("double d = strtod(text, nullptr);", "locale")]:
            with self.subTest(code=code):
                self.expect(purity, {path: f'#include "domain/model/slo.hpp"\n{code}\n'}, path, what)

    def test_purity_reads_code_and_not_words_about_it(self):
        path = "src/domain/model/slo.cpp"
        text = ('// No rand(), no std::thread here.\nconst char* s = "getenv(x)";\n'
                "int64_t n = 1'000'000; int runtime(int); auto t = event.time(0); int operand(int);\n")
        self.assertEqual([f.text() for f in findings(purity, {path: text})], [])

    def test_impure_floors_may_have_threads(self):
        self.assertEqual(findings(purity, {"src/engine/engine.cpp": "// Runs the line.\nstd::mutex m;\n"}), [])

    def test_some_headers_are_banned_everywhere(self):
        path = "src/engine/engine.hpp"
        for line in ("#include <regex>", "#include <iostream>", "using namespace std;", "#include <ranges>"):
            with self.subTest(line=line):
                errors = findings(purity, {path: f"// The engine.\n#pragma once\n{line}\n"})
                self.assertTrue(errors and all(e.path == path for e in errors), errors)

    def test_a_file_says_what_it_is_for(self):
        path = "src/domain/gate/gate.hpp"
        self.expect(shape, {path: "#pragma once\nint f();\n"}, path, "first line")

    def test_a_long_function_is_found_with_its_name_and_place(self):
        path = "src/engine/engine.cpp"
        body = "  if (x) {\n    y();\n  }\n" * 24
        text = f"// Runs the line.\nnamespace a {{\nstruct S {{ int x; }};\n\nint Engine::run(int x) {{\n{body}}}\n}}\n"
        errors = findings(shape, {path: text})
        self.assertEqual([(e.rule, e.name, e.line) for e in errors], [("function-size", "Engine::run", 5)])
        self.assertIn("74 lines", errors[0].message)

    def test_classes_tables_and_namespaces_are_not_functions(self):
        path = "src/engine/engine.cpp"
        text = ("// Runs the line.\nnamespace a {\nclass C {\n" + "  int f(int x) { return x; }\n" * 90 + "};\n"
                "const int table[] = {\n" + "  f(1),\n" * 90 + "};\n}\n")
        self.assertEqual([f.text() for f in findings(shape, {path: text})], [])

    def test_a_test_is_named_by_suite_and_sentence(self):
        path = "tests/domain/gate_test.cpp"
        text = "// Tests of the gate's answers.\nTEST(Gate, Denies) {\n" + "  f();\n" * 80 + "}\n"
        self.assertEqual([e.name for e in findings(shape, {path: text})], ["Gate.Denies"])

    def test_file_size_warns_and_then_fails(self):
        path = "src/engine/engine.cpp"
        for lines, is_error in ((450, False), (650, True)):
            found = findings(shape, {path: "// Runs the straight line.\n" + "int x;\n" * lines})
            self.assertEqual([(f.rule, f.is_error) for f in found], [("file-size", is_error)])

    def test_long_lines_are_found_unless_they_cannot_be_broken(self):
        path = "src/engine/engine.cpp"
        head = "// Runs the straight line.\n"
        self.expect(shape, {path: head + "int x = 1;" + " // why" * 20 + "\n"}, path, "150 columns")
        self.assertEqual(findings(shape, {path: head + "// https://example.org/" + "x" * 100 + "\n"}), [])

    def test_loose_ends_need_an_issue(self):
        path = "src/engine/engine.cpp"
        word = "TO" + "DO"
        self.expect(shape, {path: f"// Runs the straight line.\n// {word}: later\n"}, path, "name the issue")
        self.assertEqual(findings(shape, {path: f"// Runs the straight line.\n// {word}(#12): later\n"}), [])

    def test_paths_of_a_machine_are_found_in_any_text(self):
        self.expect(shape, {"docs/NOTES.md": "see /wo" + "rk/main for it\n"}, "docs/NOTES.md", "path of one machine")

    def test_every_source_is_in_a_cmake_list(self):
        path = "src/engine/lost.cpp"
        self.expect(catalogues, {path: "// Nobody builds this file.\n"}, path, "no CMakeLists.txt names")

    def test_every_plugin_is_in_its_catalogue(self):
        path = "src/domain/gate/checks/tests.cpp"
        self.expect(catalogues, {path: "// The check on tests.\n",
                                 "src/domain/gate/CMakeLists.txt": "tollgate_module(gate SOURCES gate.cpp checks/all.cpp "
                                                                   "checks/coverage.cpp checks/tests.cpp)\n"},
                    path, "does not list tests")

    def test_a_catalogue_may_write_names_its_own_way(self):
        changes = {"src/domain/gate/checks/all.cpp": "// The catalogue of checks.\nextern const int kErrorBudget;\n",
                   "src/domain/gate/checks/error_budget.cpp": "// The check on budgets.\n",
                   "src/domain/gate/checks/coverage.hpp": "// Shared by others, no check.\n#pragma once\n",
                   "src/domain/gate/CMakeLists.txt": "tollgate_module(gate SOURCES gate.cpp checks/all.cpp "
                                                     "checks/coverage.cpp checks/error_budget.cpp)\n"}
        self.assertEqual([f.text() for f in findings(catalogues, changes)], [])

    def test_a_file_with_several_plugins_lists_each(self):
        changes = {"src/domain/gate/checks/all.cpp": "// The catalogue of checks.\nextern const CheckDef a_v1, coverage_v1;\n",
                   "src/domain/gate/checks/pair.cpp": "// Two checks.\nextern const CheckDef a_v1 = {};\n"
                                                      "extern const CheckDef b_v1 = {};\n",
                   "src/domain/gate/CMakeLists.txt": "tollgate_module(gate SOURCES gate.cpp checks/all.cpp "
                                                     "checks/coverage.cpp checks/pair.cpp)\n"}
        self.expect(catalogues, changes, "src/domain/gate/checks/pair.cpp", "does not list b_v1")

    def test_every_error_code_has_a_row_and_every_use_a_code(self):
        header = "// The numbers of all errors, sorted.\n#pragma once\ninline constexpr Code syntax{201}, gone{202};\n"
        rows = "// The catalogue of all errors.\n" + '{syntax, "syntax", 3},\n'
        base = {catalogues.CODES_HEADER: header, catalogues.CODES_CATALOGUE: rows,
                "src/foundation/base/CMakeLists.txt": "tollgate_module(base SOURCES time.cpp error_catalogue.cpp)\n"}
        self.expect(catalogues, base, catalogues.CODES_CATALOGUE, "gone has no row")
        both = rows + '{gone, "gone", 3},\n'
        self.assertEqual(findings(catalogues, base | {catalogues.CODES_CATALOGUE: both}), [])
        user = {"src/engine/engine.cpp": "// Runs the line.\nauto e = fail(codes::vanished, x);\n"}
        self.expect(catalogues, base | {catalogues.CODES_CATALOGUE: both} | user, "src/engine/engine.cpp", "not declared")
        swapped = "// The catalogue of all errors.\n" + '{gone, "gone", 3},\n{syntax, "syntax", 3},\n'
        self.expect(catalogues, base | {catalogues.CODES_CATALOGUE: swapped}, catalogues.CODES_CATALOGUE, "sorted")

    def test_a_document_names_only_what_exists(self):
        path = "docs/ARCHITECTURE.md"
        for text, words in (("1. `src/engine/gone.cpp` does it.\n", "there is no src/engine/gone.cpp"),
                            ("1. `src/foundation/base/time.cpp`: `g()` answers.\n", "has g()"),
                            ("See [this](gone.md).\n", "leads nowhere")):
            with self.subTest(text=text):
                self.expect(documents, {path: text}, path, words)

    def test_a_document_shows_only_commands_and_options_that_exist(self):
        command = {"src/app/cli/commands/gate.cpp": '// Asks.\nextern const CommandDef gate_command = {\n    .name = "gate",\n'
                                                    '    .options = {{.name = "env"}},\n};\n'
                                                    'extern const CommandDef v = {\n  .name = "ledger verify"};\n'}
        path = "README.md"
        good = "```\ntollgate gate --env production   # --odd\n```\nThen `tollgate ledger verify FILE`.\n"
        self.assertEqual([f.text() for f in findings(documents, command | {path: good})], [])
        self.expect(documents, command | {path: "```\ntollgate gaet --env x\n```\n"}, path, "no command `gaet`")
        self.expect(documents, command | {path: "Try `tollgate gate --evn x`.\n"}, path, "--evn")

    def test_an_exception_needs_a_reason_and_a_use(self):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "allow.txt"
            path.write_text("# comment\nfunction-size src/a.cpp#f one long table\nfile-size src/b.cpp gone since\nrule path\n")
            found = [shape.Finding("function-size", "src/a.cpp", 3, "f is long", name="f"),
                     shape.Finding("function-size", "src/a.cpp", 90, "g is long", name="g")]
            left = [finding.message for finding in AllowList.read(path).filter(found)]
        self.assertEqual(left, ["an exception needs a rule, a path and a reason", "g is long",
                                "file-size src/b.cpp is no longer needed; remove the line"])


if __name__ == "__main__":
    unittest.main()

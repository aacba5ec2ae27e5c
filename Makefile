# The everyday commands. Each installs what it misses, builds only what changed, and says nothing when nothing is to do.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.PHONY: help run test bench fuzz asan tsan docs format format-check tidy install deb clean

PREFIX ?= /usr/local
DESTDIR ?=
LISTEN ?= 127.0.0.1:8080
FUZZ_SECONDS ?= 20
TESTS ?= .
JOBS ?= $(shell nproc)
export JOBS

tollgate := build/release/src/app/tollgate
sources = $(shell find src tests bench fuzz -name '*.cpp' -o -name '*.hpp')

help: ## show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-13s %s\n", $$1, $$2 }' Makefile

run: ## build and start the server with its demo world (LISTEN=127.0.0.1:8080)
	@tools/setup build run
	@tools/build release tollgate
	@printf '%s\n' "" "Tollgate with its demo world: http://$(LISTEN)/   (Ctrl-C stops it)" \
	  "Ask it from another terminal:" \
	  "  $(tollgate) gate --server http://$(LISTEN) --service checkout --env production --version 2.0.0" ""
	@exec $(tollgate) serve --demo --listen $(LISTEN)

test: ## build everything and run all tests (TESTS=regex picks some)
	@tools/setup build run test
	@tools/build dev
	@tools/run_tests dev $(TESTS)

asan: ## all tests under the address and undefined-behaviour sanitizers
	@tools/setup build run test
	@tools/build asan
	@tools/run_tests asan $(TESTS)

tsan: ## all tests under the thread sanitizer
	@tools/setup build run test
	@tools/build tsan
	@tools/run_tests tsan $(TESTS)

bench: ## build optimised and run the benchmarks; results in build/bench
	@tools/setup build run test bench
	@tools/build release tollgate bench/all
	@tools/run_bench build/release build/bench

fuzz: ## run each fuzz target for a while (FUZZ_SECONDS=20)
	@tools/setup build run fuzz
	@tools/build fuzz fuzz/all
	@tools/run_fuzz build/fuzz $(FUZZ_SECONDS)

docs: ## regenerate the generated documents
	@tools/coverage

format: ## format all C++ sources
	@tools/setup format
	@clang-format-14 -i $(sources)

format-check: ## fail if a C++ source is not formatted
	@tools/setup format
	@clang-format-14 --dry-run -Werror $(sources)

tidy: ## house rules, then clang-tidy on the files changed since the last commit
	@tools/setup build run test format
	@tools/tidy
	@tools/build dev tollgate_pch
	@git diff --name-only --diff-filter=d HEAD -- 'src/*.cpp' | xargs -r -n 4 -P $(JOBS) clang-tidy-14 --quiet -p build/dev

install: ## install into DESTDIR/PREFIX
	@tools/setup build run
	@tools/build release tollgate
	@tools/install_files $(tollgate) "$(DESTDIR)" "$(PREFIX)"

deb: ## build a Debian package in build/
	@tools/setup build run deb
	@tools/build release tollgate
	@tools/build_deb $(tollgate) build

clean: ## remove everything that was built
	@rm -rf build

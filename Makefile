PREFIX ?= /usr/local
VERSION := $(shell sed -n 's/^\#define RSTORE_VERSION "\(.*\)"/\1/p' include/libremotestore.h)
SANITIZE := -g -fsanitize=address,undefined -fno-sanitize-recover=undefined
LIB := build/libremotestore.so
GO_SOURCES := go.mod go.sum build.sh $(shell find capi core -name '*.go' -o -name '*.c' -o -name '*.h' -o -name '*.map') include/libremotestore.h

# The interpreter with what the tests need, in a cache outside the repository.
PYTHON = $(shell python3 tests/tools.py python)
PYTEST = REMOTESTORE_LIBRARY=$(CURDIR)/$(LIB) PYTHONPATH=$(CURDIR)/bindings/python/src \
	$(PYTHON) -m pytest -q -p no:cacheprovider

.PHONY: help
help: ## Lists the targets
	@sed -n 's/^\([a-z-]*\):.*## /\1	/p' $(MAKEFILE_LIST) | expand -t 20

.PHONY: build
build: $(LIB) ## Builds build/libremotestore.so

$(LIB): $(GO_SOURCES)
	./build.sh build

.PHONY: demo
demo: $(LIB) ## Runs the C and the Python example; URL=s3://bucket/prefix uses your bucket
ifdef URL
	tests/demo.sh build '$(URL)'
else
	python3 tests/servers/serve.py moto -- tests/demo.sh build
endif

.PHONY: test
test: test-go test-race test-abi test-python test-obstore test-fsspec test-pyfilesystem test-dist test-processes test-c test-cpp test-runtimes test-readme ## Runs every test (REMOTESTORE_TEST_S3_URL uses your bucket)

.PHONY: tools
tools: ## Gets what the tests need into a cache outside the repository, once
	python3 tests/tools.py python
	python3 tests/tools.py versitygw
	python3 tests/tools.py node
	python3 tests/tools.py pyright
	python3 tests/tools.py jna

.PHONY: test-go
test-go: tools ## Go: formatting, vet, unit tests, conformance on core
	@test -z "$$(gofmt -l core capi tests)" || { gofmt -d core capi tests; exit 1; }
	go vet ./...
	go test -count=1 $$(go list ./... | grep -v tests/conformance)
	go test -count=1 -v -run TestCases ./tests/conformance | grep -E "^ *(conformance_test.go.*: |--- SKIP|--- FAIL|ok|FAIL)"

.PHONY: test-race
test-race: tools ## Go's race detector over everything, the C program about queues too, and over planted races that it must see
	go test -race -short -count=1 ./...
	tests/embed/planted_race.sh
	tests/embed/race.sh

.PHONY: test-abi
test-abi: $(LIB) ## Header = exports = golden list = ctypes table; the headers in every standard
	$(PYTEST) tests/abi
	tests/abi/headers.sh

.PHONY: test-python
test-python: $(LIB) ## The Python binding, conformance through it, remote-store's programs, its command line, requests beside boto3's, Ctrl-C, panics
	$(PYTEST) -n 2 --dist loadfile bindings/python/tests tests/conformance tests/compat tests/cli tests/s3 tests/embed

.PHONY: faces
faces: ## Lines of each face of the Python binding, and what is in it that its interface asks for
	@python3 bindings/python/tests/faces.py

.PHONY: test-obstore
test-obstore: $(LIB) ## obstore's programs, run with us beside it (Python 3.11 or later); REMOTESTORE_TEST_OBSTORE=obstore,remotestore.obstore for both
	$(PYTEST) tests/obstore
test-obstore: PYTHON = $(shell python3 tests/tools.py obstore)

.PHONY: dist
dist: PYTHON = $(shell python3 tests/tools.py dist)
dist: ## The source distribution of the Python package and the wheel built from it, in build/dist
	rm -rf build/dist
	$(PYTHON) -m build --outdir build/dist/plain bindings/python
	PATH=$(dir $(PYTHON)):$$PATH $(PYTHON) -m auditwheel repair --wheel-dir build/dist build/dist/plain/*.whl
	mv build/dist/plain/*.tar.gz build/dist && rm -r build/dist/plain
	$(PYTHON) -m auditwheel show build/dist/*.whl

.PHONY: test-dist
test-dist: dist ## The wheel in an empty environment, by the README
	$(PYTEST) tests/dist

.PHONY: test-pyfilesystem
test-pyfilesystem: $(LIB) ## PyFilesystem's published test cases, on memory, a folder and an S3 server
	$(PYTEST) tests/pyfilesystem
test-pyfilesystem: PYTHON = $(shell python3 tests/tools.py pyfilesystem)

.PHONY: test-fsspec
test-fsspec: $(LIB) ## fsspec's suites for those who implement it, pyarrow's file system, and what reads and writes by them: pandas, polars, pyarrow, zarr, xarray, DuckDB, Dask (Python 3.11 or later)
	$(PYTEST) tests/fsspec
test-fsspec: PYTHON = $(shell python3 tests/tools.py fsspec)

.PHONY: test-processes
test-processes: $(LIB) ## Several processes: 64 threads race for one key, and a writer is killed
	$(PYTEST) -s tests/processes

.PHONY: test-minio
test-minio: $(LIB) ## S3 on MinIO by TLS: unit tests, conformance in Go, Python and C, races, and what only it has; no part of test
	python3 tests/servers/serve.py minio -- go test -count=1 ./core/s3
	python3 tests/servers/serve.py minio -- go test -count=1 ./tests/conformance
	python3 tests/servers/serve.py minio -- env $(PYTEST) -k versitygw tests/conformance tests/processes
	python3 tests/servers/serve.py minio -- tests/conformance/c/run.sh build
	$(PYTEST) tests/minio

.PHONY: bench-big
bench-big: $(LIB) ## 6 GiB of unknown length up, copied and down, below 200 MiB of memory; minutes, 18 GiB of disk
	REMOTESTORE_LIBRARY=$(CURDIR)/$(LIB) PYTHONPATH=$(CURDIR)/bindings/python/src \
		python3 tests/servers/serve.py versitygw-sidecar -- $(PYTHON) tests/bench/big.py

.PHONY: bench-parallel
bench-parallel: $(LIB) ## 1 GiB in parallel, to memory and to a file, fast and slow: memory above it, and connections; a minute, 2 GiB of memory
	go build -o build/bench-server ./tests/bench/server
	REMOTESTORE_LIBRARY=$(CURDIR)/$(LIB) PYTHONPATH=$(CURDIR)/bindings/python/src \
		$(PYTHON) tests/bench/parallel.py build/bench-server

.PHONY: bench-binding
bench-binding: $(LIB) ## CPU time of reading 4 KiB from an S3 server, from Python against Go
	go build -o build/gets ./tests/bench/gets
	REMOTESTORE_LIBRARY=$(CURDIR)/$(LIB) PYTHONPATH=$(CURDIR)/bindings/python/src \
		python3 tests/servers/serve.py versitygw -- $(PYTHON) tests/bench/binding.py build/gets

.PHONY: bench-queue
bench-queue: $(LIB) ## CPU time of reading 4 KiB through a queue, beside threads that wait: memory, a folder, an S3 server; two minutes
	python3 tests/servers/serve.py versitygw -- tests/bench/queue.sh build

.PHONY: bench-aio
bench-aio: $(LIB) ## CPU time of reading 4 KiB in an event loop, by 1, 64 and 1024 tasks, beside obstore
	REMOTESTORE_LIBRARY=$(CURDIR)/$(LIB) PYTHONPATH=$(CURDIR)/bindings/python/src \
		python3 tests/servers/serve.py versitygw -- $(PYTHON) tests/bench/aio.py
bench-aio: PYTHON = $(shell python3 tests/tools.py obstore)

.PHONY: bench-ctrl-c
bench-ctrl-c: $(LIB) ## From a SIGINT to the KeyboardInterrupt, in all that waits; a minute
	REMOTESTORE_LIBRARY=$(CURDIR)/$(LIB) PYTHONPATH=$(CURDIR)/bindings/python/src \
		python3 tests/servers/serve.py versitygw -- $(PYTHON) tests/bench/ctrl_c.py

.PHONY: bench
bench: $(LIB) ## Ours beside obstore, opendal, minio-py, pyarrow, s3fs and boto3, and its goals; ten minutes; ARGS="--rows get-1,put* --quick --out TABLE.md --picture BARS.svg"; what the README shows is tests/bench/results.*
	go build -o build/bench-server ./tests/bench/server
	REMOTESTORE_LIBRARY=$(CURDIR)/$(LIB) PYTHONPATH=$(CURDIR)/bindings/python/src \
		flock -o build/bench.lock $(PYTHON) tests/bench/peers/compare.py build/bench-server $(ARGS)
bench: PYTHON = $(shell python3 tests/tools.py peers)

FUZZTIME = 10m
.PHONY: fuzz
fuzz: ## Answers and listings that no server sends: ten minutes each, or FUZZTIME
	for each in FuzzAnswer FuzzListing; do \
		go test -run '^$$' -fuzz "^$$each\$$" -fuzztime $(FUZZTIME) ./core/s3/fastlane || exit 1; \
	done

OLD = HEAD
.PHONY: bench-native
bench-native: $(LIB) ## Small requests from C beside the Rust crate object_store; two minutes
	go build -o build/bench-server ./tests/bench/server
	flock -o build/bench.lock python3 tests/bench/native/run.py build/bench-server build

.PHONY: bench-go
bench-go: ## Go's benchmarks of core, of the commit OLD (HEAD) and as it is here, compared by benchstat
	mkdir -p build
	flock -o build/bench.lock tests/bench/go.sh $(OLD)

.PHONY: test-c
test-c: $(LIB) ## C: conformance, also through queues, misuse, 1,000,000 operations by 8 threads, sanitizers
	tests/conformance/c/run.sh build
	CFLAGS='$(SANITIZE)' tests/conformance/c/run.sh build
	tests/embed/run.sh build

.PHONY: test-cpp
test-cpp: $(LIB) ## C++: conformance by exceptions and by results, and the classes, with the sanitizers
	tests/conformance/cpp/run.sh build

.PHONY: test-runtimes
test-runtimes: $(LIB) ## The programs in C++ (CMake), Node, Rust and Java, on memory and a server
	$(PYTEST) tests/runtimes

.PHONY: churn
churn: $(LIB) ## Ten minutes of open, read, upload, cancel, fork and close: nothing may stay; no part of test
	REMOTESTORE_LIBRARY=$(CURDIR)/$(LIB) PYTHONPATH=$(CURDIR)/bindings/python/src \
		python3 tests/servers/serve.py versitygw -- $(PYTHON) tests/soak/churn.py

PYTHONS = $(PYTHON)
.PHONY: test-forks
test-forks: $(LIB) ## 300 forks of a busy Python; PYTHONS="3.9/bin/python 3.13/bin/python" of several; a minute each; no part of test
	for python in $(PYTHONS); do \
		REMOTESTORE_LIBRARY=$(CURDIR)/$(LIB) PYTHONPATH=$(CURDIR)/bindings/python/src PYTHONWARNINGS=ignore \
			python3 tests/servers/serve.py versitygw-tls -- $$python tests/embed/forks/load.py || exit 1; \
	done

.PHONY: test-sdk
test-sdk: LIB = build/sdk/libremotestore.so
test-sdk: export GO_LDFLAGS = -X=github.com/libremotestore/libremotestore/core/s3.linked=sdk
test-sdk: tools ## All that is about S3 once more with a library whose fast lane is off; a quarter of an hour; no part of test
	go test -count=1 -ldflags '$(GO_LDFLAGS)' -skip Lane ./core ./core/s3
	./build.sh build/sdk
	tests/conformance/c/run.sh build/sdk
	tests/embed/run.sh build/sdk
	$(PYTEST) bindings/python/tests tests/conformance tests/s3 tests/embed tests/processes --ignore tests/s3/test_stats.py

.PHONY: test-torch
test-torch: $(LIB) ## PyTorch's DataLoader with 4 workers; needs Debian's python3-torch and python3-pytest; no part of test
	REMOTESTORE_LIBRARY=$(CURDIR)/$(LIB) PYTHONPATH=$(CURDIR)/bindings/python/src \
		/usr/bin/python3 -m pytest -q -p no:cacheprovider tests/torch

.PHONY: test-dropped
test-dropped: tools ## Each option once with an engine that ignores it: a test of it must fail; half an hour
	python3 tests/options/dropped.py

.PHONY: test-readme
test-readme: $(LIB) ## The README's programs and the examples of event loops, against an installed library
	$(PYTEST) tests/readme

.PHONY: generate
generate: ## Writes everything that follows from include/libremotestore.h, and Python's coroutines
	$(PYTHON) capi/generate.py
	$(PYTHON) bindings/python/generate_async.py

.PHONY: install
install: $(LIB) ## Installs library, headers, pkg-config file and CMake package; PREFIX=/usr/local, DESTDIR=
	install -d $(addprefix $(DESTDIR)$(PREFIX)/,lib/pkgconfig lib/cmake/libremotestore include)
	install -m 755 $(LIB) $(DESTDIR)$(PREFIX)/lib/libremotestore.so.$(VERSION)
	ln -sf libremotestore.so.$(VERSION) $(DESTDIR)$(PREFIX)/lib/libremotestore.so.1
	ln -sf libremotestore.so.1 $(DESTDIR)$(PREFIX)/lib/libremotestore.so
	install -m 644 include/libremotestore.h include/libremotestore.hpp $(DESTDIR)$(PREFIX)/include
	sed 's|@PREFIX@|$(PREFIX)|; s|@VERSION@|$(VERSION)|' bindings/c/libremotestore.pc.in \
		> $(DESTDIR)$(PREFIX)/lib/pkgconfig/libremotestore.pc
	install -m 644 bindings/c/libremotestore-config.cmake $(DESTDIR)$(PREFIX)/lib/cmake/libremotestore
	sed 's|@VERSION@|$(VERSION)|' bindings/c/libremotestore-config-version.cmake.in \
		> $(DESTDIR)$(PREFIX)/lib/cmake/libremotestore/libremotestore-config-version.cmake

.PHONY: clean
clean: ## Removes build/
	rm -rf build

#!/usr/bin/env python3
"""Gets the pinned tools of the tests, once, into a cache outside the repository.

    tests/tools.py python      prints the interpreter with tests/requirements.txt
    tests/tools.py remote_store
                               prints the interpreter with the package that the
                               Python binding takes the place of (3.11 or later)
    tests/tools.py obstore     prints the interpreter with the package that
                               remotestore.obstore takes the place of (3.11 or later)
    tests/tools.py pyfilesystem
                               prints the interpreter with PyFilesystem's own package
    tests/tools.py fsspec      prints the interpreter with fsspec and what reads and writes
                               by it (3.11 or later)
    tests/tools.py dist        prints the one that `make dist` needs
    tests/tools.py peers       prints the one with what `make bench` measures us beside
    tests/tools.py node        prints the node_modules of bindings/node/package-lock.json
    tests/tools.py pyright     prints the type checker of tests/pyright/package-lock.json
    tests/tools.py jna         prints the jar of bindings/java/pom.xml
    tests/tools.py versitygw   prints the S3 server built from tests/servers/go.mod
    tests/tools.py minio       prints the one that `make test-minio` needs
    tests/tools.py libuv       prints the compiler's flags for libuv: of pkg-config, or of
                               Debian's package, which is unpacked and not installed

The cache is $XDG_CACHE_HOME/libremotestore, by default below ~/.cache. A tool
lives in a folder named after the hash of what pins it.
"""

import contextlib
import fcntl
import hashlib
import os
import pathlib
import shutil
import subprocess
import sys

MINIO = "github.com/minio/minio@v0.0.0-20260212201848-7aac2a2c5b7c"
COPY_DEPENDENCIES = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies"
TESTS = pathlib.Path(__file__).resolve().parent
BINDINGS = TESTS.parent / "bindings"
CACHE = pathlib.Path(os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache") / "libremotestore"


def python():
    """The interpreter of a virtual environment with the requirements."""
    return virtual_environment("python", TESTS / "requirements.txt")


def remote_store():
    """The interpreter of one with remote-store, and nothing of ours."""
    return virtual_environment("remote-store", TESTS / "compat" / "requirements.txt")


def obstore():
    """The interpreter of one with obstore, and what its results are handed to."""
    return virtual_environment("obstore", TESTS / "obstore" / "requirements.txt")


def dist():
    """The interpreter of one that builds wheels."""
    return virtual_environment("dist", TESTS / "dist" / "requirements.txt")


def pyfilesystem():
    """The interpreter of one with the package that remotestore.pyfilesystem is for."""
    return virtual_environment("pyfilesystem", TESTS / "pyfilesystem" / "requirements.txt")


def fsspec():
    """The interpreter of one with fsspec, and the packages that open files by it."""
    return virtual_environment("fsspec", TESTS / "fsspec" / "requirements.txt")


def peers():
    """The interpreter of one with the clients that ours is measured beside."""
    return virtual_environment("peers", TESTS / "bench" / "peers" / "requirements.txt")


def virtual_environment(name, pins):
    def make(folder):
        run(sys.executable, "-m", "venv", folder)
        run(folder / "bin" / "pip", "install", "--quiet", "--disable-pip-version-check", "-r", pins)

    version = "%d.%d.%d" % sys.version_info[:3]
    return cached(f"{name}-{version}", pins.read_bytes(), make) / "bin" / "python"


def node():
    """The packages of the binding for Node."""
    return node_modules("node", BINDINGS / "node")


def pyright():
    """The type checker, which is a program for Node."""
    return node_modules("pyright", TESTS / "pyright") / ".bin" / "pyright"


def node_modules(name, where):
    pins = [where / each for each in ("package.json", "package-lock.json")]

    def make(folder):
        folder.mkdir(parents=True)
        for each in pins:
            shutil.copy(each, folder)
        # Without scripts: koffi's would build what the package for this platform has already.
        run("npm", "ci", "--silent", "--ignore-scripts", "--no-audit", "--no-fund", cwd=folder)

    return cached(name, b"".join(each.read_bytes() for each in pins), make) / "node_modules"


def jna():
    """The jar of the binding for Java. Maven pins a version, and not what is in it."""
    pom, pin = BINDINGS / "java" / "pom.xml", BINDINGS / "java" / "jna.sha256"
    digest, name = pin.read_text().split()

    def make(folder):
        run("mvn", "-B", "-q", "-f", pom, COPY_DEPENDENCIES, f"-DoutputDirectory={folder}")
        if hashlib.sha256((folder / name).read_bytes()).hexdigest() != digest:
            raise SystemExit(f"{name} is not the one in {pin}")

    return cached("jna", pom.read_bytes() + pin.read_bytes(), make) / name


def versitygw():
    """The S3 server. Building it takes one to three minutes, once."""
    servers = TESTS / "servers"

    def make(folder):
        folder.mkdir(parents=True)
        print("building versitygw, once", file=sys.stderr)
        run("go", "build", "-o", folder / "versitygw", "github.com/versity/versitygw/cmd/versitygw", cwd=servers)

    pins = (servers / "go.mod").read_bytes() + (servers / "go.sum").read_bytes()
    return cached("versitygw", pins, make) / "versitygw"


def minio():
    """The S3 server with TLS and what depends on it. Building it takes two to
    four minutes, once. It has a go.mod of its own, which must not choose the
    versions of versitygw's."""

    def make(folder):
        folder.mkdir(parents=True)
        print("building MinIO, once", file=sys.stderr)
        run("go", "install", MINIO, env={**os.environ, "GOBIN": str(folder)})

    return cached("minio", MINIO.encode(), make) / "minio"


def libuv():
    """The flags for the event loop of an example."""
    known = shutil.which("pkg-config") and subprocess.run(
        ["pkg-config", "--cflags", "--libs", "libuv"], capture_output=True, text=True
    )
    if known and known.returncode == 0:
        return known.stdout.strip()

    def make(folder):
        folder.mkdir(parents=True)
        run("apt-get", "download", "libuv1-dev", cwd=folder)
        (package,) = folder.glob("*.deb")
        run("dpkg-deb", "--extract", package, folder)

    folder = cached("libuv", b"libuv1-dev", make)
    (archive,) = folder.glob("usr/lib/*/libuv_a.a")
    return f"-I{folder}/usr/include {archive} -pthread -ldl -lrt"


def cached(name, pins, make):
    """The folder of a tool; make fills it under a lock, and a failure leaves nothing."""
    digest = hashlib.sha256(pins).hexdigest()[:16]
    folder = CACHE / f"{name}-{digest}"
    with locked(CACHE / f"{name}.lock"):
        if not (folder / ".complete").exists():
            shutil.rmtree(folder, ignore_errors=True)
            make(folder)
            (folder / ".complete").touch()
    return folder


@contextlib.contextmanager
def locked(path):
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def run(*command, **kwargs):
    # Standard output is for the answer: a caller reads it.
    subprocess.run([str(c) for c in command], check=True, stdout=sys.stderr, **kwargs)


if __name__ == "__main__":
    tools = {
        "python": python, "remote_store": remote_store, "obstore": obstore, "fsspec": fsspec,
        "pyfilesystem": pyfilesystem, "dist": dist, "peers": peers, "node": node, "pyright": pyright,
        "jna": jna, "versitygw": versitygw, "minio": minio, "libuv": libuv,
    }
    if len(sys.argv) != 2 or sys.argv[1] not in tools:
        raise SystemExit(__doc__)
    print(tools[sys.argv[1]]())

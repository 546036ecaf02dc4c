"""Builds the native library into the package, for one wheel per platform."""

import pathlib
import shutil
import subprocess

from setuptools import Distribution, setup
from setuptools.command.bdist_wheel import bdist_wheel
from setuptools.command.build_py import build_py
from setuptools.command.sdist import sdist

HERE = pathlib.Path(__file__).resolve().parent
SHIPPED = HERE / "native"  # the sources of the library in a source distribution
NATIVE = SHIPPED if SHIPPED.exists() else HERE.parent.parent
SOURCES = ("build.sh", "go.mod", "go.sum", "capi", "core", "include")


class BuildLibrary(build_py):
    """Builds libremotestore.so with Go, from a checkout or a source distribution."""

    def run(self):
        super().run()
        script = NATIVE / "build.sh"
        if not script.exists():
            raise SystemExit(f"{script} is missing: install from a checkout of the whole repository")
        package = pathlib.Path(self.build_lib, "remotestore")
        subprocess.run([str(script), str(package)], check=True)
        (package / "libremotestore.so.1").unlink()  # for programs that link it


class PlatformWheel(bdist_wheel):
    """Any Python 3, this platform: ctypes needs no Python ABI."""

    def get_tag(self):
        return ("py3", "none", super().get_tag()[2])


class WithSources(sdist):
    """Puts what the library is built from beside the package."""

    def make_release_tree(self, base_dir, files):
        super().make_release_tree(base_dir, files)
        for name in SOURCES:
            source, target = NATIVE / name, pathlib.Path(base_dir, SHIPPED.name, name)
            if source.is_dir():
                shutil.copytree(source, target, ignore=shutil.ignore_patterns("*_test.go", "testdata", "__pycache__"))
            else:
                target.parent.mkdir(exist_ok=True)
                shutil.copy2(source, target)


class NativeDistribution(Distribution):
    def has_ext_modules(self):
        return True


setup(
    distclass=NativeDistribution,
    cmdclass={"build_py": BuildLibrary, "bdist_wheel": PlatformWheel, "sdist": WithSources},
)

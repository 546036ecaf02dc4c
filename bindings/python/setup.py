"""Builds the native library into the package, for one wheel per platform."""

import pathlib
import subprocess

from setuptools import Distribution, setup
from setuptools.command.bdist_wheel import bdist_wheel
from setuptools.command.build_py import build_py

HERE = pathlib.Path(__file__).resolve().parent
BUILD = HERE.parent.parent / "build.sh"


class BuildLibrary(build_py):
    """Builds libremotestore.so with Go, from the checkout around this folder."""

    def run(self):
        super().run()
        if not BUILD.exists():
            raise SystemExit(f"{BUILD} is missing: install from a checkout of the whole repository")
        subprocess.run([str(BUILD), str(pathlib.Path(self.build_lib, "remotestore"))], check=True)


class PlatformWheel(bdist_wheel):
    """Any Python 3, this platform: ctypes needs no Python ABI."""

    def get_tag(self):
        return ("py3", "none", super().get_tag()[2])


class NativeDistribution(Distribution):
    def has_ext_modules(self):
        return True


setup(
    distclass=NativeDistribution,
    cmdclass={"build_py": BuildLibrary, "bdist_wheel": PlatformWheel},
)

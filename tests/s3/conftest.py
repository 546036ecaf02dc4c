"""Fixtures of the tests that compare requests with those of boto3."""

import functools
import os
import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "servers"))
import comparison  # noqa: E402
from recorder import Recorder  # noqa: E402

BUCKETS = [comparison.BUCKET, "bucket--euc1-az1--x-s3"]


@pytest.fixture(scope="session")
def running_recorder(tmp_path_factory):
    with Recorder(tmp_path_factory.mktemp("recorder"), BUCKETS) as recorder:
        yield recorder


@pytest.fixture
def recorder(running_recorder, monkeypatch, tmp_path):
    """The recorder, in an environment that leads nowhere else."""
    for name in os.environ:
        if name.startswith("AWS_") or name.lower() in ("http_proxy", "https_proxy", "no_proxy", "all_proxy"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    running_recorder.begin()
    return running_recorder


@pytest.fixture
def compare(recorder):
    """:func:`comparison.compare` with the recorder."""
    return functools.partial(comparison.compare, recorder)

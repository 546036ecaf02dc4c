"""What a probe returns. Real endpoints are probed in tests/conformance."""

import copy
import dataclasses
import json
import pickle

import pytest
import remotestore
from remotestore import Finding, LocalBackend, MemoryBackend, Store
from remotestore._probe import probe_report

FOUND = {
    "endpoint": "http://e", "bucket": "b", "server": "", "requests": 80,
    "findings": [
        {"name": "put_if_none_match", "outcome": "ignored", "http_status": 200, "s3_code": "", "message": "a put overwrites"},
        {"name": "tagging", "outcome": "refused", "http_status": 400, "s3_code": "InvalidTag", "message": "a put fails"},
        {"name": "sse_c", "outcome": "unknown", "http_status": 0, "s3_code": "", "message": "not asked: needs https"},
    ],
    "options": [{"name": "conditional_put", "value": "check", "reason": "not atomic"}],
    "left": ["p/k"],
}


def test_a_report():
    report = probe_report(json.dumps(FOUND))
    assert report.findings[1] == Finding("tagging", "refused", 400, "InvalidTag", "a put fails")
    assert (report.options, report.reasons) == ({"conditional_put": "check"}, {"conditional_put": "not atomic"})
    assert (report.endpoint, report.bucket, report.server, report.requests, report.left) == (
        "http://e", "b", "", 80, ("p/k",))
    with pytest.raises(dataclasses.FrozenInstanceError):
        report.options = {}
    assert pickle.loads(pickle.dumps(report)) == copy.deepcopy(report) == report


def test_its_text_is_a_table():
    assert str(probe_report(json.dumps(FOUND))) == """\
http://e, bucket b, a server without a name:
  put_if_none_match  ignored      a put overwrites (200)
  tagging            refused      a put fails (400 InvalidTag)
  sse_c              unknown      not asked: needs https
options:
  conditional_put=check: not atomic
left: p/k"""
    nothing = {**FOUND, "endpoint": "", "server": "S", "findings": [], "options": [], "left": []}
    assert str(probe_report(json.dumps(nothing))) == "AWS, bucket b, S:\noptions: the defaults suit it"


@pytest.mark.parametrize("make", [lambda _: MemoryBackend(), LocalBackend])
def test_only_an_endpoint_can_be_probed(make, tmp_path):
    with make(tmp_path) as backend:
        for probed in (backend, Store(backend), Store(backend, "folder")):
            with pytest.raises(remotestore.CapabilityNotSupported, match="there is no endpoint to probe") as caught:
                probed.probe()
            assert caught.value.capability == "probe"


def test_an_endpoint_that_cannot_be_reached(s3):
    with pytest.raises(remotestore.BackendUnavailable, match="cannot be reached"):
        s3(retry=remotestore.RetryPolicy.disabled()).probe()

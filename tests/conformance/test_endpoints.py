"""The probe of real endpoints, from Python. What it finds there is checked in core/s3."""

import secrets

import pytest
import remotestore

#: by name, as the tests know them: some of what they do, and what suits them
SERVERS = {
    "versitygw": ({"put_if_none_match": "honoured", "key_empty_segment": "ignored"}, {"checksum_algorithm": "CRC64NVME"}),
    "minio": ({"put_if_none_match": "honoured", "key_empty_segment": "refused"}, {"checksum_algorithm": "CRC64NVME"}),
    "moto": ({"put_if_none_match": "honoured", "key_empty_segment": "honoured", "checksum_header_crc32": "ignored"}, {}),
}


@pytest.mark.parametrize("target", ["versitygw", "moto"])
def test_a_probe(target, s3_servers):
    variables = s3_servers(target)
    url, prefix = variables["REMOTESTORE_TEST_S3_URL"], secrets.token_hex(8)
    bucket = url.rpartition("/")[2]
    known = SERVERS.get(variables["REMOTESTORE_TEST_S3_TARGET"])  # a custom endpoint is not
    with remotestore.Store.from_url(f"{url}/{prefix}") as store, remotestore.S3Backend(bucket) as backend:
        for probed in (store, store.child("folder"), backend):
            report = probed.probe()
            outcomes = {finding.name: finding.outcome for finding in report.findings}
            assert len(outcomes) == len(report.findings) == 40
            assert (report.endpoint, report.bucket) == (variables["AWS_ENDPOINT_URL"], bucket)
            assert set(report.reasons) == set(report.options) and report.left == ()
            if known:
                assert ({name: outcomes[name] for name in known[0]}, report.options) == known
            assert all(finding.name in str(report) for finding in report.findings)
        assert list(store.list_files("", recursive=True)) == list(store.list_uploads()) == []
        assert [str(f.path) for f in backend.list_folders("") if f.name.startswith(".remotestore-probe-")] == []

    suited = remotestore.S3Backend(bucket, **report.options)
    with suited, remotestore.Store.from_url(f"{url}/{prefix}", **report.options) as store:
        store.write("a", b"x")
        with pytest.raises(remotestore.AlreadyExists):
            store.write("a", b"y")
        assert suited.read_bytes(f"{prefix}/a") == b"x"
        store.delete("a")

#!/usr/bin/env python3
"""Starts a pinned S3 server on a free loopback port, with a bucket and keys.

    serve.py TARGET [FLAG...] -- COMMAND...
                        runs the command beside it, with the variables below,
                        and ends as it ends
    serve.py TARGET [FLAG...]
                        prints the variables as NAME=VALUE lines and an empty
                        line, and serves until its standard input ends, so also
                        when its parent dies

TARGET is versitygw (a real server over a file system: signatures, conditions)
or moto (keys that no file system can hold, and DynamoDB; it checks no signatures).
versitygw-sidecar keeps what belongs to an object in files, not in extended
attributes, of which ext4 takes 4 KiB, too little for 768 parts; but what an
overwritten object had stays there. versitygw-versioned keeps the versions of
objects. versitygw-tls is behind TLS, where it resets a conditional put that it
refuses. minio is a real server behind TLS, for what the others lack: customer
keys, and the attributes of parts. FLAGs are the server's own, written as
--name=value: versitygw --copy-object-threshold=5242880.

    REMOTESTORE_TEST_S3_URL      s3://bucket
    REMOTESTORE_TEST_S3_TARGET   the target's name
    AWS_ENDPOINT_URL AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_REGION ...
    AWS_CA_BUNDLE                of minio and versitygw-tls: whose certificate it has

If REMOTESTORE_TEST_S3_URL is set already, versitygw and versitygw-sidecar stand
aside: the tests go to that endpoint, under the name in REMOTESTORE_TEST_S3_TARGET
or "custom", with the usual AWS variables. So `serve.py minio -- make test-go`
runs on MinIO what else runs on versitygw.
"""

import base64
import errno
import os
import pathlib
import random
import secrets
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import tools  # noqa: E402

BUCKET = "remotestore-test"
START_SECONDS = 30
VARIABLES = [
    "REMOTESTORE_TEST_S3_URL",
    "REMOTESTORE_TEST_S3_TARGET",
    "AWS_ENDPOINT_URL",
    "AWS_ENDPOINT_URL_S3",
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "AWS_REGION",
    "AWS_EC2_METADATA_DISABLED",
]
STANDS_ASIDE = ("versitygw", "versitygw-sidecar")
ENABLE_VERSIONING = """
import boto3, os, sys
boto3.client("s3", region_name=os.environ["AWS_REGION"]).put_bucket_versioning(
    Bucket=sys.argv[1], VersioningConfiguration={"Status": "Enabled"})
"""


def main():
    target, flags, command = parse(sys.argv[1:])
    # With flags it must be that server: nobody's own endpoint has them.
    if target in STANDS_ASIDE and not flags and os.environ.get("REMOTESTORE_TEST_S3_URL"):
        # All of them, also those not set: the other target's may have been put
        # into the environment meanwhile.
        given = {name: os.environ.get(name, "") for name in VARIABLES}
        given["REMOTESTORE_TEST_S3_TARGET"] = given["REMOTESTORE_TEST_S3_TARGET"] or "custom"
        return use(given, command)
    with tempfile.TemporaryDirectory(prefix="remotestore-s3-") as folder:
        port, claim = free_port()
        environment = dict.fromkeys(VARIABLES, "")  # none of the user's own may come first
        environment.update(
            REMOTESTORE_TEST_S3_URL="s3://" + BUCKET,
            REMOTESTORE_TEST_S3_TARGET=target,
            AWS_ENDPOINT_URL=f"http://127.0.0.1:{port}",
            AWS_ACCESS_KEY_ID="test-" + secrets.token_hex(8),
            AWS_SECRET_ACCESS_KEY=secrets.token_hex(16),
            AWS_REGION="us-east-1",
            AWS_EC2_METADATA_DISABLED="true",
        )
        with open(os.path.join(folder, "server.log"), "w+") as log:
            server = START[target](port, folder, flags, environment, log)
            try:
                wait_until_it_answers(server, environment, log)
                if target == "moto":
                    make_bucket(environment)
                if target == "versitygw-versioned":
                    run_python(["-c", ENABLE_VERSIONING, BUCKET], {**os.environ, **environment})
                return use(environment, command)
            finally:
                server.terminate()
                server.wait()
                claim.close()


def parse(arguments):
    end = arguments.index("--") if "--" in arguments else len(arguments)
    target, flags = arguments[:1], arguments[1:end]
    if target not in [[name] for name in START] or not all(f.startswith("--") and "=" in f for f in flags):
        raise SystemExit(__doc__)
    return target[0], flags, arguments[end + 1 :]


def start_versitygw(port, folder, flags, environment, log):
    data = os.path.join(folder, "data")
    os.makedirs(os.path.join(data, BUCKET))
    command = [str(tools.versitygw()), "--port", f"127.0.0.1:{port}", "--quiet", "--keep-alive", *flags]
    if environment["REMOTESTORE_TEST_S3_TARGET"] == "versitygw-tls":
        certificate, key = behind_tls(port, folder, environment)
        command += ["--cert", certificate, "--key", key]
    keys = {
        "ROOT_ACCESS_KEY_ID": environment["AWS_ACCESS_KEY_ID"],
        "ROOT_SECRET_ACCESS_KEY": environment["AWS_SECRET_ACCESS_KEY"],
    }
    where = [data]
    flag = {"versitygw-sidecar": "--sidecar", "versitygw-versioned": "--versioning-dir"}
    if target := flag.get(environment["REMOTESTORE_TEST_S3_TARGET"]):
        beside = os.path.join(folder, "beside")
        os.makedirs(beside)
        where = [target, beside, data]
    return spawn([*command, "posix", *where], {**os.environ, **keys}, log)


def behind_tls(port, folder, environment):
    """Makes a certificate for the server, which the variables trust, and its key."""
    certificates = os.path.join(folder, "certificates")
    os.makedirs(certificates)
    run_python(["-m", "trustme", "--quiet", "--dir", certificates, "--identities", "127.0.0.1"], os.environ)
    environment["AWS_ENDPOINT_URL"] = f"https://127.0.0.1:{port}"
    environment["AWS_CA_BUNDLE"] = os.path.join(certificates, "client.pem")
    return os.path.join(certificates, "server.pem"), os.path.join(certificates, "server.key")


def start_minio(port, folder, flags, environment, log):
    data = os.path.join(folder, "data")
    os.makedirs(os.path.join(data, BUCKET))
    certificate, key = behind_tls(port, folder, environment)
    certificates = os.path.dirname(certificate)
    for ours, minios in ((certificate, "public.crt"), (key, "private.key")):
        os.rename(ours, os.path.join(certificates, minios))
    settings = {
        "HOME": folder,  # else it makes a folder in the user's
        "MINIO_ROOT_USER": environment["AWS_ACCESS_KEY_ID"],
        "MINIO_ROOT_PASSWORD": environment["AWS_SECRET_ACCESS_KEY"],
        "MINIO_REGION": environment["AWS_REGION"],
        "MINIO_KMS_SECRET_KEY": "test-key:" + base64.b64encode(secrets.token_bytes(32)).decode(),
        "MINIO_CI_CD": "1",  # else it wants a disk of its own
        "MINIO_BROWSER": "off",
        "MINIO_UPDATE": "off",
    }
    command = [str(tools.minio()), "server", "--quiet", "--address", f"127.0.0.1:{port}"]
    return spawn([*command, "--certs-dir", certificates, *flags, data], {**os.environ, **settings}, log)


def start_moto(port, folder, flags, environment, log):
    command = [str(tools.python()), str(pathlib.Path(__file__).with_name("run_moto.py"))]
    return spawn([*command, "-H", "127.0.0.1", "-p", str(port), *flags], os.environ, log)


START = {
    "versitygw": start_versitygw,
    "versitygw-sidecar": start_versitygw,
    "versitygw-versioned": start_versitygw,
    "versitygw-tls": start_versitygw,
    "minio": start_minio,
    "moto": start_moto,
}


def run_python(arguments, environment):
    subprocess.run([str(tools.python()), *arguments], env=environment, stdout=sys.stderr, check=True)


def spawn(command, environment, log):
    return subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log)


def free_port():
    """A port that no one else takes until the server has it, and the claim that keeps it.

    Ports of the ephemeral range are given to whoever asks for any: a test's own
    server had that of a moto that was starting. The claim is a name that the
    kernel gives once and frees with the process: it keeps other serve.py away.
    """
    with open("/proc/sys/net/ipv4/ip_local_port_range") as f:
        first, last = map(int, f.read().split())
    ports = [port for port in range(10_000, 65_536) if not first <= port <= last]
    while True:
        port = random.choice(ports)
        claim = socket.socket(socket.AF_UNIX)
        try:
            claim.bind(f"\0remotestore-port-{port}")
            with socket.socket() as s:
                s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                s.bind(("127.0.0.1", port))
            return port, claim
        except OSError as error:
            claim.close()
            if error.errno != errno.EADDRINUSE:
                raise


def open_url(request, environment):
    """Asks the server itself, whatever proxies the environment names."""
    context = ssl.create_default_context(cafile=environment.get("AWS_CA_BUNDLE"))
    handlers = urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=context)
    urllib.request.build_opener(*handlers).open(request, timeout=5).close()


def wait_until_it_answers(server, environment, log):
    url = environment["AWS_ENDPOINT_URL"]
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end and server.poll() is None:
        try:
            open_url(url, environment)
            return
        except urllib.error.HTTPError:
            return  # an unsigned request is refused: it serves
        except OSError:
            time.sleep(0.05)
    log.seek(0)
    raise SystemExit(f"the server at {url} does not answer:\n{log.read()}")


def make_bucket(environment):
    url = f"{environment['AWS_ENDPOINT_URL']}/{BUCKET}"
    open_url(urllib.request.Request(url, method="PUT"), environment)


def use(environment, command):
    if command:
        return subprocess.call(command, env={**os.environ, **environment})
    for name, value in environment.items():
        print(f"{name}={value}")
    print(flush=True)
    sys.stdin.read()
    return 0


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that the server is stopped too
    sys.exit(main())

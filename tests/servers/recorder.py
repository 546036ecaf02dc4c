"""An S3 endpoint in this process that notes every request, and answers so that
a client's call succeeds, or as a script says.

It is a proxy for http and https, so the endpoint may have any name, that of a
bucket's virtual host too. Behind a CONNECT it is the host that is asked for,
with a certificate of the authority in the file ``ca``.
"""

import dataclasses
import http.server
import re
import ssl
import sys
import threading
import urllib.parse
from typing import Dict, List, Tuple

import trustme

CONTENT = b"0123456789"  # of every object
DATE = "Thu, 01 Jan 2026 00:00:00 GMT"
TIME = "2026-01-01T00:00:00.000Z"


@dataclasses.dataclass
class Request:
    operation: str  # as the API names it
    method: str
    scheme: str
    host: str
    path: str  # decoded
    bucket: str
    key: str  # decoded
    query: List[Tuple[str, str]]  # decoded
    headers: Dict[str, str]  # names in lower case
    payload: bytes  # as it was sent
    body: bytes  # without aws-chunked
    trailers: Dict[str, str]  # names in lower case


@dataclasses.dataclass
class Answer:
    status: int = 200
    headers: Dict[str, str] = dataclasses.field(default_factory=dict)
    body: bytes = b""


def error(status, code):
    """An answer that refuses."""
    return Answer(status, body=f"<Error><Code>{code}</Code><Message>{code}</Message></Error>".encode())


class Recorder:
    """``requests`` are those since the last ``begin``; ``folder`` takes the
    file ``ca``. ``buckets`` are known in the name of a host."""

    def __init__(self, folder, buckets):
        self._authority = trustme.CA()
        self.ca = str(folder / "ca.pem")
        self._authority.cert_pem.write_to_path(self.ca)
        self._contexts = {}
        self._buckets = buckets
        self._lock = threading.Lock()
        self.begin()
        self._server = Server(("127.0.0.1", 0), Handler)
        self._server.recorder = self
        self.url = "http://127.0.0.1:%d" % self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._server.shutdown()
        self._server.server_close()

    def begin(self, script=None):
        """Forgets all requests. ``script`` has answers by operation, a list for
        each, used in this order; the requests after them are answered by
        default."""
        self.requests = []
        self._script = {operation: list(answers) for operation, answers in (script or {}).items()}

    def answer(self, request):
        with self._lock:
            self.requests.append(request)
            scripted = self._script.get(request.operation)
            if scripted:
                return scripted.pop(0)
        default = DEFAULTS.get(request.operation)
        return default(request) if default else error(501, "NotImplemented")

    def context(self, host):
        """That of TLS, as a host."""
        with self._lock:
            if host not in self._contexts:
                self._contexts[host] = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
                self._authority.issue_cert(host).configure_cert(self._contexts[host])
            return self._contexts[host]

    def place(self, host, path):
        """The bucket and the key of a URL, or two empty texts."""
        for bucket in self._buckets:
            if host.startswith(bucket + "."):
                return bucket, path[1:]
        bucket, _, key = path[1:].partition("/")
        return bucket, key


class Server(http.server.ThreadingHTTPServer):
    def handle_error(self, request, client_address):
        if not isinstance(sys.exc_info()[1], ConnectionError):  # who goes away may do so
            super().handle_error(request, client_address)


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    scheme = "http"

    def do_CONNECT(self):
        self.send_response(200)
        self.end_headers()
        context = self.server.recorder.context(self.path.rpartition(":")[0])
        with context.wrap_socket(self.connection, server_side=True) as inside:
            Tunnelled(inside, self.client_address, self.server)
        self.close_connection = True

    def serve(self):
        request = self.read()
        answer = self.server.recorder.answer(request)
        self.send_response(answer.status)
        headers = {"Content-Length": str(len(answer.body)), **answer.headers}
        if answer.status == 204:
            del headers["Content-Length"]
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        if request.method != "HEAD":
            self.wfile.write(answer.body)

    do_GET = do_HEAD = do_PUT = do_POST = do_DELETE = serve

    def log_message(self, *_):
        pass

    def read(self):
        headers = {}
        for name, value in self.headers.items():
            name = name.lower()
            headers[name] = f"{headers[name]}, {value}" if name in headers else value
        url = urllib.parse.urlsplit(self.path)
        host, path = headers["host"], urllib.parse.unquote(url.path)
        query = urllib.parse.parse_qsl(url.query, keep_blank_values=True)
        bucket, key = self.server.recorder.place(host, path)
        if headers.get("transfer-encoding") == "chunked":
            payload = b"".join(self.chunks())
        else:
            payload = self.rfile.read(int(headers.get("content-length", 0)))
        body, trailers = payload, {}
        if "aws-chunked" in headers.get("content-encoding", ""):
            body, trailers = decode_aws_chunked(payload)
        return Request(operation_of(self.command, key, dict(query), headers), self.command, self.scheme, host, path,
                       bucket, key, query, headers, payload, body, trailers)

    def chunks(self):
        while size := int(self.rfile.readline().split(b";")[0], 16):
            yield self.rfile.read(size)
            self.rfile.readline()
        while self.rfile.readline().strip():
            pass


class Tunnelled(Handler):
    """Behind a CONNECT."""

    scheme = "https"


def decode_aws_chunked(payload):
    """The body and the trailers ("Signature calculations: including trailing
    headers", API Reference)."""
    pieces, trailers = [], {}
    head, _, rest = payload.partition(b"\r\n")
    while size := int(head.split(b";")[0], 16):
        pieces.append(rest[:size])
        assert rest[size:size + 2] == b"\r\n", "a chunk of aws-chunked is as long as it says"
        head, _, rest = rest[size + 2:].partition(b"\r\n")
    for line in rest.decode().splitlines():
        if line:
            name, _, value = line.partition(":")
            trailers[name.lower()] = value.strip()
    return b"".join(pieces), trailers


# What tells operations with a parameter in the query apart: the method, whether
# it is about a key, the parameter. The first that fits counts.
PARAMETERS = [
    ("PUT", True, "acl", "PutObjectAcl"),
    ("GET", True, "acl", "GetObjectAcl"),
    ("PUT", True, "tagging", "PutObjectTagging"),
    ("GET", True, "tagging", "GetObjectTagging"),
    ("DELETE", True, "tagging", "DeleteObjectTagging"),
    ("GET", True, "attributes", "GetObjectAttributes"),
    ("POST", True, "uploads", "CreateMultipartUpload"),
    ("PUT", True, "uploadId", "UploadPart"),
    ("POST", True, "uploadId", "CompleteMultipartUpload"),
    ("DELETE", True, "uploadId", "AbortMultipartUpload"),
    ("GET", True, "uploadId", "ListParts"),
    ("GET", False, "uploads", "ListMultipartUploads"),
    ("GET", False, "versions", "ListObjectVersions"),
    ("GET", False, "list-type", "ListObjectsV2"),
    ("POST", False, "delete", "DeleteObjects"),
    ("GET", False, "session", "CreateSession"),
    ("GET", False, "location", "GetBucketLocation"),
]
PLAIN = {
    ("GET", True): "GetObject",
    ("HEAD", True): "HeadObject",
    ("PUT", True): "PutObject",
    ("DELETE", True): "DeleteObject",
    ("HEAD", False): "HeadBucket",
}
COPIES = {"PutObject": "CopyObject", "UploadPart": "UploadPartCopy"}


def operation_of(method, key, query, headers):
    """The name of an operation, or ``unknown``."""
    name = PLAIN.get((method, bool(key)), "unknown")
    for of, about_key, parameter, operation in PARAMETERS:
        if (of, about_key) == (method, bool(key)) and parameter in query:
            name = operation
            break
    return COPIES.get(name, name) if "x-amz-copy-source" in headers else name


# -- the answers by default -----------------------------------------------------

TAG = {"ETag": '"e"'}
OBJECT = {**TAG, "Last-Modified": DATE, "Content-Type": "binary/octet-stream", "Accept-Ranges": "bytes"}


def xml(text):
    return lambda request: Answer(
        headers={"Content-Type": "application/xml"},
        body=text.format(bucket=request.bucket, key=request.key, time=TIME).encode(),
    )


def head_object(request):
    return Answer(headers={**OBJECT, "Content-Length": str(len(CONTENT))})


def get_object(request):
    asked = re.fullmatch(r"bytes=(\d*)-(\d*)", request.headers.get("range", ""))
    if not asked:
        return Answer(headers=OBJECT, body=CONTENT)
    first, last = asked.groups()
    begin = int(first) if first else len(CONTENT) - int(last)
    end = min(int(last) + 1, len(CONTENT)) if first and last else len(CONTENT)
    return Answer(206, {**OBJECT, "Content-Range": f"bytes {begin}-{end - 1}/{len(CONTENT)}"}, CONTENT[begin:end])


DEFAULTS = {
    "HeadBucket": lambda request: Answer(),
    "HeadObject": head_object,
    "GetObject": get_object,
    "PutObject": lambda request: Answer(headers=TAG),
    "DeleteObject": lambda request: Answer(204),
    "CopyObject": xml('<CopyObjectResult><ETag>"e"</ETag><LastModified>{time}</LastModified></CopyObjectResult>'),
    "DeleteObjects": xml("<DeleteResult></DeleteResult>"),
    "CreateMultipartUpload": xml(
        "<InitiateMultipartUploadResult><Bucket>{bucket}</Bucket><Key>{key}</Key><UploadId>id</UploadId>"
        "</InitiateMultipartUploadResult>"),
    "UploadPart": lambda request: Answer(headers=TAG),
    "UploadPartCopy": xml('<CopyPartResult><ETag>"e"</ETag><LastModified>{time}</LastModified></CopyPartResult>'),
    "CompleteMultipartUpload": xml(
        '<CompleteMultipartUploadResult><Bucket>{bucket}</Bucket><Key>{key}</Key><ETag>"e-1"</ETag>'
        "</CompleteMultipartUploadResult>"),
    "AbortMultipartUpload": lambda request: Answer(204),
    "ListParts": xml("<ListPartsResult><UploadId>id</UploadId><IsTruncated>false</IsTruncated></ListPartsResult>"),
    "ListMultipartUploads": xml(
        "<ListMultipartUploadsResult><Bucket>{bucket}</Bucket><IsTruncated>false</IsTruncated>"
        "<Upload><Key>folder/a</Key><UploadId>id</UploadId><Initiated>{time}</Initiated></Upload>"
        "</ListMultipartUploadsResult>"),
    "ListObjectsV2": xml(
        "<ListBucketResult><Name>{bucket}</Name><KeyCount>1</KeyCount><IsTruncated>false</IsTruncated>"
        '<Contents><Key>folder/a</Key><Size>10</Size><ETag>"e"</ETag><LastModified>{time}</LastModified></Contents>'
        "</ListBucketResult>"),
    "ListObjectVersions": xml(
        "<ListVersionsResult><Name>{bucket}</Name><IsTruncated>false</IsTruncated>"
        "<Version><Key>folder/a</Key><VersionId>v</VersionId><IsLatest>true</IsLatest><Size>10</Size>"
        '<ETag>"e"</ETag><LastModified>{time}</LastModified></Version>'
        "</ListVersionsResult>"),
    "GetBucketLocation": xml("<LocationConstraint>us-east-1</LocationConstraint>"),
    "CreateSession": xml(
        "<CreateSessionResult><Credentials><SessionToken>session</SessionToken>"
        "<SecretAccessKey>session secret</SecretAccessKey><AccessKeyId>session id</AccessKeyId>"
        "<Expiration>2099-01-01T00:00:00Z</Expiration></Credentials></CreateSessionResult>"),
    "GetObjectTagging": xml("<Tagging><TagSet><Tag><Key>team</Key><Value>a b</Value></Tag></TagSet></Tagging>"),
    "PutObjectTagging": lambda request: Answer(),
    "DeleteObjectTagging": lambda request: Answer(204),
    "PutObjectAcl": lambda request: Answer(),
    "GetObjectAcl": xml(
        "<AccessControlPolicy><Owner><ID>owner</ID></Owner><AccessControlList></AccessControlList>"
        "</AccessControlPolicy>"),
    "GetObjectAttributes": lambda request: Answer(
        headers={"Last-Modified": DATE, "Content-Type": "application/xml"},
        body=b"<GetObjectAttributesResponse><ETag>e</ETag><ObjectSize>10</ObjectSize></GetObjectAttributesResponse>"),
}

"""The options of S3Store: spellings, values, duplicates, and what is told of them."""

import datetime
import os

from record import step
from subject import stores

KEYS = """
access_key_id bucket checksum_algorithm conditional_put container_credentials_relative_uri container_credentials_full_uri
container_authorization_token_file copy_if_not_exists default_region disable_tagging disable_bulk_delete endpoint
imdsv1_fallback metadata_endpoint region request_payer role_arn role_session_name s3_express secret_access_key
server_side_encryption session_token skip_signature sse_bucket_key_enabled sse_customer_key_base64 sse_kms_key_id
sts_endpoint unsigned_payload virtual_hosted_style_request web_identity_token_file aws_endpoint_url_s3
""".split()
ALIASES = """
bucket_name endpoint_url token aws_bucket_name aws_endpoint_url aws_token aws_access_key_id AWS_REGION Region
endpoint_url_s3 ENDPOINT_URL_S3 aws_default_region expires_in profile session_name no_such aws_no_such proxy_url
allow_http timeout aws_allow_http user_agent requester_pays aws_requester_pays container_authorization_token
key secret region_name key_id secret_key prefix
""".split()
KEYPAIR = {"access_key_id": "k", "secret_access_key": "s"}
VALUES = {
    "checksum_algorithm": "SHA256", "conditional_put": "etag", "copy_if_not_exists": "multipart",
    "server_side_encryption": "AES256", "endpoint": "https://h", "aws_endpoint_url_s3": "https://h",
    "endpoint_url": "https://h", "aws_endpoint_url": "https://h", "endpoint_url_s3": "https://h",
    "ENDPOINT_URL_S3": "https://h", "metadata_endpoint": "http://h", "container_credentials_full_uri": "http://h/x",
}
BOOLEANS = """
disable_tagging disable_bulk_delete imdsv1_fallback s3_express skip_signature sse_bucket_key_enabled unsigned_payload
virtual_hosted_style_request request_payer allow_http aws_allow_http
""".split()


def made(bucket="b", **arguments):
    return stores.S3Store(bucket, **arguments)


def with_value(key):
    value = VALUES.get(key, "true" if key in BOOLEANS else "x")
    if key in ("access_key_id", "secret_access_key", "aws_access_key_id"):
        return {**{k: v for k, v in KEYPAIR.items() if k != key.removeprefix("aws_")}, key: value}
    return {key: value}


def group_keys():
    for key in KEYS + ALIASES:
        bucket = None if "bucket" in key.replace("bucket_key", "") else "b"
        step(f"config.key.{key}", lambda: stores.S3Store(bucket, config=with_value(key)).config)
    step("config.kwargs", lambda: made(region="r", **KEYPAIR).config)
    step("config.kwargs.upper", lambda: made(AWS_REGION="r").config)
    step("config.key.int", lambda: made(config={1: "x"}).config)
    step("config.not_a_dict", lambda: made(config=[("region", "x")]).config)
    step("config.none", lambda: made(config=None).config)
    step("config.empty", lambda: made(config={}).config)
    step("config.is_new", lambda: is_new(made()))
    step("config.immutable", lambda: setattr(made(), "config", {}))


def is_new(store):
    store.config["region"] = "changed"
    return store.config


def group_values():
    for key in ("skip_signature", "virtual_hosted_style_request", "request_payer", "sse_bucket_key_enabled", "unsigned_payload"):
        for value in (True, False, "true", "TRUE", "1", "0", "yes", "no", "on", "off", "y", "n", "t", "f", "maybe", "", 1, None):
            step(f"config.value.{key}.{value!r}", lambda: made(config={key: value}).config)
    step("config.value.request_payer.'requester'", lambda: made(request_payer="requester").config)
    step("config.value.request_payer.'REQUESTER'", lambda: made(request_payer="REQUESTER").config)
    for value in ("SHA256", "sha256", "CRC64NVME", "crc64nvme", "CRC32", "md5", ""):
        step(f"config.value.checksum_algorithm.{value}", lambda: made(checksum_algorithm=value).config)
    for value in ("etag", "etag-put-if-not-exists", "disabled", "dynamo:t", "dynamo:t:100", "other", ""):
        step(f"config.value.conditional_put.{value}", lambda: made(conditional_put=value).config)
    for value in ("multipart", "header:a:b", "header: a: b", "header-with-status:a:b:412", "header-with-status:a:b:x",
                  "header", "dynamo:t", "dynamo:t:x", "other", ""):
        step(f"config.value.copy_if_not_exists.{value}", lambda: made(copy_if_not_exists=value).config)
    for value in ("AES256", "aws:kms", "aws:kms:dsse", "sse-c", "other", ""):
        step(f"config.value.server_side_encryption.{value}", lambda: made(server_side_encryption=value).config)
    step("config.value.sse-c.key", lambda: made(
        server_side_encryption="sse-c", sse_customer_key_base64="MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=").config)
    step("config.value.sse-c.bad_key", lambda: made(server_side_encryption="sse-c", sse_customer_key_base64="%").config)
    step("config.value.kms.key", lambda: made(server_side_encryption="aws:kms", sse_kms_key_id="k").config)
    step("config.value.region.int", lambda: made(region=1))
    step("config.value.region.none", lambda: made(region=None))
    step("config.value.region.empty", lambda: made(region="").config)
    step("config.value.region.timedelta", lambda: made(region=datetime.timedelta(seconds=61)).config)
    step("config.value.endpoint.bad", lambda: made(endpoint="no url").config)
    step("config.value.endpoint.slash", lambda: made(endpoint="http://h/").config)
    step("config.value.access_key_alone", lambda: made(access_key_id="k"))
    step("config.value.secret_alone", lambda: made(secret_access_key="k"))
    step("config.value.token_alone", lambda: made(session_token="t").config)


def group_duplicates():
    step("config.duplicate.bucket.config", lambda: made("b", config={"bucket": "b"}))
    step("config.duplicate.bucket.kwargs", lambda: stores.S3Store("b", bucket_name="b"))
    step("config.duplicate.bucket.keyword", lambda: stores.S3Store(bucket="b").config)
    step("config.duplicate.same", lambda: made(config={"region": "r"}, region="r"))
    step("config.duplicate.other", lambda: made(config={"region": "r"}, region="q"))
    step("config.duplicate.alias", lambda: made(config={"region": "r", "aws_region": "r"}))
    step("config.duplicate.case", lambda: made(config={"region": "r", "REGION": "r"}))
    step("config.duplicate.kwargs", lambda: made(region="r", AWS_REGION="r"))
    step("config.duplicate.token", lambda: made(token="r", session_token="r"))
    step("config.duplicate.endpoints", lambda: made(endpoint="https://a", aws_endpoint_url_s3="https://b").config)
    step("config.duplicate.regions", lambda: made(region="a", default_region="b").config)
    step("config.no_bucket", lambda: stores.S3Store())
    step("config.no_bucket.region", lambda: stores.S3Store(region="r"))
    step("config.empty_bucket", lambda: stores.S3Store("").config)
    step("config.odd_bucket", lambda: stores.S3Store("a/b c").config)
    step("config.bucket.int", lambda: stores.S3Store(1))


def group_environment():
    """What comes from the environment is used, and not told."""
    with environment(AWS_BUCKET="from-env", AWS_REGION="r"):
        step("environment.bucket", lambda: stores.S3Store().config)
        step("environment.bucket.repr", lambda: repr(stores.S3Store()))
        step("environment.config", lambda: made().config)
    with environment(AWS_BUCKET_NAME="from-env"):
        step("environment.bucket_name", lambda: stores.S3Store().config)
    with environment(AWS_SKIP_SIGNATURE="maybe"):
        step("environment.bad_boolean", lambda: made().config)
        step("environment.bad_boolean.overridden", lambda: made(skip_signature=True).config)
    with environment(AWS_NO_SUCH="x", aws_skip_signature="maybe"):
        step("environment.unknown", lambda: made().config)
    with environment(AWS_ACCESS_KEY_ID="k"):
        step("environment.access_key_alone", lambda: made())
    with environment(AWS_ACCESS_KEY_ID="", AWS_SECRET_ACCESS_KEY=""):
        step("environment.empty_keys", lambda: made().config)
    with environment(AWS_ENDPOINT_URL_S3=""):
        step("environment.empty_endpoint", lambda: made().config)
    with environment(AWS_ALLOW_HTTP="true", AWS_TIMEOUT="nonsense"):
        step("environment.client_options", lambda: made().client_options)


class environment:
    def __init__(self, **variables):
        self.variables = variables

    def __enter__(self):
        os.environ.update(self.variables)

    def __exit__(self, *_):
        for name in self.variables:
            del os.environ[name]


CLIENT_OPTIONS = {
    "allow_http": True, "allow_invalid_certificates": True, "connect_timeout": "5s", "default_content_type": "text/plain",
    "http1_only": True, "http2_keep_alive_interval": "1s", "http2_keep_alive_timeout": "1s",
    "http2_keep_alive_while_idle": "true", "http2_only": False, "http2_max_frame_size": "16384", "pool_idle_timeout": "90s",
    "pool_max_idle_per_host": "4", "proxy_url": "http://p", "proxy_excludes": "h,127.0.0.1", "randomize_addresses": True,
    "read_timeout": "3s", "timeout": "1 day", "user_agent": "u/1", "ALLOW_HTTP": "false", "no_such": "x",
}


def group_client_options():
    for key, value in CLIENT_OPTIONS.items():
        step(f"client_options.{key}", lambda: made(client_options={key: value}).client_options)
    step("client_options.empty", lambda: made(client_options={}).client_options)
    step("client_options.none", lambda: made().client_options)
    step("client_options.timedelta", lambda: made(client_options={
        "timeout": datetime.timedelta(seconds=90), "connect_timeout": datetime.timedelta(milliseconds=1500)}).client_options)
    step("client_options.timedelta.micro", lambda: made(
        client_options={"timeout": datetime.timedelta(microseconds=1)}).client_options)
    step("client_options.timedelta.negative", lambda: made(client_options={"timeout": datetime.timedelta(-1)}))
    step("client_options.timedelta.days", lambda: made(client_options={"timeout": datetime.timedelta(400, 1)}).client_options)
    for text in ("2h 37min", "32ms", "1", "s", "-1s", "1.5s", "", "1 fortnight", "1s1s", "10 s", "1M", "1y"):
        step(f"client_options.timeout.{text}", lambda: made(client_options={"timeout": text}).client_options)
    step("client_options.timeout.int", lambda: made(client_options={"timeout": 1}))
    step("client_options.headers", lambda: made(client_options={"default_headers": {"X-A": "b", "c": b"\xff"}}).client_options)
    step("client_options.headers.bad_name", lambda: made(client_options={"default_headers": {"a b": "b"}}))
    step("client_options.headers.bad_value", lambda: made(client_options={"default_headers": {"a": "b\n"}}))
    step("client_options.headers.int", lambda: made(client_options={"default_headers": {"a": 1}}))
    step("client_options.headers.not_a_dict", lambda: made(client_options={"default_headers": [("a", "b")]}))
    step("client_options.bad_boolean", lambda: made(client_options={"allow_http": "maybe"}))
    step("client_options.bad_number", lambda: made(client_options={"pool_max_idle_per_host": "x"}))
    step("client_options.number", lambda: made(client_options={"pool_max_idle_per_host": 1}))
    step("client_options.proxy.bad", lambda: made(client_options={"proxy_url": "no url"}))
    step("client_options.user_agent.bad", lambda: made(client_options={"user_agent": "a\nb"}))
    step("client_options.root_certificate.text", lambda: made(client_options={"root_certificate": "no pem"}))
    step("client_options.root_certificate.bytes", lambda: made(client_options={"root_certificate": b""}))
    step("client_options.both_http", lambda: made(client_options={"http1_only": True, "http2_only": True}).client_options)
    step("client_options.duplicate", lambda: made(client_options={"timeout": "1s", "TIMEOUT": "2s"}).client_options is None)
    step("client_options.not_a_dict", lambda: made(client_options="x"))
    step("client_options.in_config", lambda: made(config={"timeout": "1s"}).config)


def group_retry_config():
    ms = lambda n: datetime.timedelta(milliseconds=n)  # noqa: E731
    step("retry_config.none", lambda: made().retry_config)
    step("retry_config.empty", lambda: made(retry_config={}).retry_config)
    step("retry_config.max_retries", lambda: made(retry_config={"max_retries": 0}).retry_config)
    step("retry_config.retry_timeout", lambda: made(retry_config={"retry_timeout": ms(1500)}).retry_config)
    step("retry_config.backoff", lambda: made(retry_config={"backoff": {"init_backoff": ms(1), "base": 3}}).retry_config)
    step("retry_config.whole", lambda: made(retry_config={
        "max_retries": 3, "retry_timeout": ms(9), "backoff": {"init_backoff": ms(1), "max_backoff": ms(2), "base": 1.5},
    }).retry_config)
    step("retry_config.unknown", lambda: made(retry_config={"no_such": 1}).retry_config)
    step("retry_config.backoff.unknown", lambda: made(retry_config={"backoff": {"no_such": 1}}).retry_config)
    step("retry_config.negative", lambda: made(retry_config={"max_retries": -1}))
    step("retry_config.text", lambda: made(retry_config={"max_retries": "3"}))
    step("retry_config.float", lambda: made(retry_config={"max_retries": 3.0}))
    step("retry_config.timeout.text", lambda: made(retry_config={"retry_timeout": "3s"}))
    step("retry_config.timeout.int", lambda: made(retry_config={"retry_timeout": 3}))
    step("retry_config.timeout.negative", lambda: made(retry_config={"retry_timeout": ms(-3)}))
    step("retry_config.backoff.int", lambda: made(retry_config={"backoff": 1}).retry_config)
    step("retry_config.backoff.text", lambda: made(retry_config={"backoff": {"init_backoff": "1s"}}))
    step("retry_config.base.zero", lambda: made(retry_config={"backoff": {"base": 0}}).retry_config)
    step("retry_config.int", lambda: made(retry_config=1).retry_config)

"""What the stores take, for type checkers. All of it can be imported at run time."""

from __future__ import annotations

import datetime
import os
from typing import Any, Coroutine, Dict, Literal, Optional, Protocol, TypedDict, Union

from .._secret import Secret

Flag = Union[bool, str]
Text = Union[str, Secret]
Duration = Union[str, datetime.timedelta, int, float]
"""Text such as ``"2m 30s"``, or seconds."""

S3Regions = Literal[
    "af-south-1", "ap-east-1", "ap-northeast-1", "ap-northeast-2", "ap-northeast-3", "ap-south-1", "ap-south-2",
    "ap-southeast-1", "ap-southeast-2", "ap-southeast-3", "ap-southeast-4", "ap-southeast-5", "ap-southeast-7",
    "ca-central-1", "ca-west-1", "eu-central-1", "eu-central-2", "eu-north-1", "eu-south-1", "eu-south-2", "eu-west-1",
    "eu-west-2", "eu-west-3", "il-central-1", "me-central-1", "me-south-1", "mx-central-1", "sa-east-1", "us-east-1",
    "us-east-2", "us-gov-east-1", "us-gov-west-1", "us-west-1", "us-west-2",
]
S3ChecksumAlgorithm = Literal[
    "CRC32", "CRC32C", "CRC64NVME", "SHA1", "SHA256", "crc32", "crc32c", "crc64nvme", "sha1", "sha256", "none"
]
S3EncryptionAlgorithm = Literal["AES256", "aws:kms", "aws:kms:dsse", "sse-c"]


class ClientConfig(TypedDict, total=False):
    """How connections are made."""

    allow_http: Flag
    allow_invalid_certificates: Flag
    client_certificate: Text
    client_key: Text
    connect_timeout: Duration
    default_content_type: str
    default_headers: Union[Dict[str, str], Dict[str, bytes]]
    http1_only: Flag
    http2_keep_alive_interval: Duration
    http2_keep_alive_timeout: Duration
    http2_keep_alive_while_idle: Flag
    http2_only: Flag
    pool_idle_timeout: Duration
    pool_max_idle_per_host: Union[str, int]
    proxy_ca_certificate: Union[str, bytes]
    proxy_excludes: str
    proxy_url: str
    randomize_addresses: Flag
    read_timeout: Duration
    root_certificate: Union[str, bytes]
    timeout: Duration
    user_agent: str


class BackoffConfig(TypedDict, total=False):
    """How long to wait before a request is sent again: ``init_backoff``, and each
    time ``base`` times as long, up to ``max_backoff``."""

    init_backoff: Duration
    max_backoff: Duration
    base: Union[int, float]


class RetryConfig(TypedDict, total=False):
    """How often a request is sent again, for how long, and when."""

    backoff: BackoffConfig
    max_retries: int
    retry_timeout: Duration


class S3Config(TypedDict, total=False):
    """The options of an :class:`S3Store`. What they do is said in section 4 of the
    header of the engine. Case does not count, nor ``aws_`` in front: these are the
    spellings that programs have, and a name in any other works too."""

    access_key_id: Text
    aws_access_key_id: Text
    ACCESS_KEY_ID: Text
    AWS_ACCESS_KEY_ID: Text
    bucket: str
    aws_bucket: str
    BUCKET: str
    AWS_BUCKET: str
    bucket_name: str
    aws_bucket_name: str
    BUCKET_NAME: str
    AWS_BUCKET_NAME: str
    checksum_algorithm: Union[S3ChecksumAlgorithm, str]
    aws_checksum_algorithm: Union[S3ChecksumAlgorithm, str]
    CHECKSUM_ALGORITHM: Union[S3ChecksumAlgorithm, str]
    AWS_CHECKSUM_ALGORITHM: Union[S3ChecksumAlgorithm, str]
    conditional_put: str
    aws_conditional_put: str
    CONDITIONAL_PUT: str
    AWS_CONDITIONAL_PUT: str
    container_credentials_relative_uri: str
    aws_container_credentials_relative_uri: str
    CONTAINER_CREDENTIALS_RELATIVE_URI: str
    AWS_CONTAINER_CREDENTIALS_RELATIVE_URI: str
    container_credentials_full_uri: str
    aws_container_credentials_full_uri: str
    CONTAINER_CREDENTIALS_FULL_URI: str
    AWS_CONTAINER_CREDENTIALS_FULL_URI: str
    container_authorization_token_file: str
    aws_container_authorization_token_file: str
    CONTAINER_AUTHORIZATION_TOKEN_FILE: str
    AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: str
    copy_if_not_exists: str
    aws_copy_if_not_exists: str
    COPY_IF_NOT_EXISTS: str
    AWS_COPY_IF_NOT_EXISTS: str
    default_region: Union[S3Regions, str]
    aws_default_region: Union[S3Regions, str]
    DEFAULT_REGION: Union[S3Regions, str]
    AWS_DEFAULT_REGION: Union[S3Regions, str]
    disable_tagging: Flag
    aws_disable_tagging: Flag
    DISABLE_TAGGING: Flag
    AWS_DISABLE_TAGGING: Flag
    disable_bulk_delete: Flag
    aws_disable_bulk_delete: Flag
    DISABLE_BULK_DELETE: Flag
    AWS_DISABLE_BULK_DELETE: Flag
    endpoint: str
    aws_endpoint: str
    ENDPOINT: str
    AWS_ENDPOINT: str
    endpoint_url: str
    aws_endpoint_url: str
    ENDPOINT_URL: str
    AWS_ENDPOINT_URL: str
    endpoint_url_s3: str
    aws_endpoint_url_s3: str
    ENDPOINT_URL_S3: str
    AWS_ENDPOINT_URL_S3: str
    imdsv1_fallback: Flag
    aws_imdsv1_fallback: Flag
    IMDSV1_FALLBACK: Flag
    AWS_IMDSV1_FALLBACK: Flag
    metadata_endpoint: str
    aws_metadata_endpoint: str
    METADATA_ENDPOINT: str
    AWS_METADATA_ENDPOINT: str
    region: Union[S3Regions, str]
    aws_region: Union[S3Regions, str]
    REGION: Union[S3Regions, str]
    AWS_REGION: Union[S3Regions, str]
    request_payer: Flag
    aws_request_payer: Flag
    REQUEST_PAYER: Flag
    AWS_REQUEST_PAYER: Flag
    requester_pays: Flag
    aws_requester_pays: Flag
    REQUESTER_PAYS: Flag
    AWS_REQUESTER_PAYS: Flag
    role_arn: str
    aws_role_arn: str
    ROLE_ARN: str
    AWS_ROLE_ARN: str
    role_session_name: str
    aws_role_session_name: str
    ROLE_SESSION_NAME: str
    AWS_ROLE_SESSION_NAME: str
    s3_express: Flag
    aws_s3_express: Flag
    S3_EXPRESS: Flag
    AWS_S3_EXPRESS: Flag
    secret_access_key: Text
    aws_secret_access_key: Text
    SECRET_ACCESS_KEY: Text
    AWS_SECRET_ACCESS_KEY: Text
    server_side_encryption: Union[S3EncryptionAlgorithm, str]
    aws_server_side_encryption: Union[S3EncryptionAlgorithm, str]
    SERVER_SIDE_ENCRYPTION: Union[S3EncryptionAlgorithm, str]
    AWS_SERVER_SIDE_ENCRYPTION: Union[S3EncryptionAlgorithm, str]
    session_token: Text
    aws_session_token: Text
    SESSION_TOKEN: Text
    AWS_SESSION_TOKEN: Text
    token: Text
    aws_token: Text
    TOKEN: Text
    AWS_TOKEN: Text
    skip_signature: Flag
    aws_skip_signature: Flag
    SKIP_SIGNATURE: Flag
    AWS_SKIP_SIGNATURE: Flag
    sse_bucket_key_enabled: Flag
    aws_sse_bucket_key_enabled: Flag
    SSE_BUCKET_KEY_ENABLED: Flag
    AWS_SSE_BUCKET_KEY_ENABLED: Flag
    sse_customer_key_base64: Text
    aws_sse_customer_key_base64: Text
    SSE_CUSTOMER_KEY_BASE64: Text
    AWS_SSE_CUSTOMER_KEY_BASE64: Text
    sse_kms_key_id: str
    aws_sse_kms_key_id: str
    SSE_KMS_KEY_ID: str
    AWS_SSE_KMS_KEY_ID: str
    sts_endpoint: str
    aws_sts_endpoint: str
    STS_ENDPOINT: str
    AWS_STS_ENDPOINT: str
    unsigned_payload: Flag
    aws_unsigned_payload: Flag
    UNSIGNED_PAYLOAD: Flag
    AWS_UNSIGNED_PAYLOAD: Flag
    virtual_hosted_style_request: Flag
    aws_virtual_hosted_style_request: Flag
    VIRTUAL_HOSTED_STYLE_REQUEST: Flag
    AWS_VIRTUAL_HOSTED_STYLE_REQUEST: Flag
    web_identity_token_file: str
    aws_web_identity_token_file: str
    WEB_IDENTITY_TOKEN_FILE: str
    AWS_WEB_IDENTITY_TOKEN_FILE: str
    # What obstore has no name for.
    addressing_style: Literal["auto", "path", "virtual"]
    copy_part_size: int
    external_id: str
    http_proxy: str
    https_proxy: str
    key: Text
    max_attempts: int
    max_pool_connections: int
    max_retries: int
    memory_budget: int
    fast_lane: bool
    part_growth: Literal["linear", "none"]
    part_size: int
    profile: str
    read_env: Flag
    region_name: str
    reject_write_under_file_ancestor: Flag
    retry_backoff_base: Duration
    retry_backoff_factor: float
    retry_backoff_max: Duration
    retry_jitter: Duration
    retry_mode: Literal["standard", "legacy", "adaptive"]
    retry_timeout: Duration
    secret: Text
    tls_ca_bundle: str
    url_path: Literal["prefix", "ignore"]
    user_agent_extra: str


class _S3Keys(TypedDict):
    access_key_id: str
    secret_access_key: str
    expires_at: Optional[datetime.datetime]


class S3Credential(_S3Keys, total=False):
    """What a provider returns. ``expires_at`` is an aware datetime, or None for never."""

    token: Optional[str]


class S3CredentialProvider(Protocol):
    """A function that gives credentials when they are needed, or one that is async.
    What it has as ``config`` are options of the store that nobody else gives."""

    def __call__(self) -> Union[S3Credential, Coroutine[Any, Any, S3Credential]]: ...


Folder = Union[str, "os.PathLike[str]"]

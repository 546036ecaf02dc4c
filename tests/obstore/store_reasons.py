"""Where the stores are not the same: why, a sentence of the binding's README; the
places; the steps."""

S3 = ["versitygw", "moto"]

REASONS = [
    ("The secrets among the options of a store are not told, but other stores take them.", ["none"], """
        config.key.{access_key_id,aws_access_key_id,secret_access_key} config.kwargs config.value.sse-c.key S3Store.config"""),
    ("What cannot be right is refused when a store is made: `http://` without `allow_http`, an option without the other that "
     "it needs, a bucket that there cannot be, an endpoint with a path.", ["none"], """
        config.key.container_{credentials_relative_uri,credentials_full_uri,authorization_token_file}
        config.key.{role_session_name,session_token,token,aws_token,web_identity_token_file}
        config.key.sse_{bucket_key_enabled,customer_key_base64,kms_key_id}
        config.value.sse_bucket_key_enabled.{True,'true','TRUE','1','yes','on','y','t','f','maybe',1}
        config.value.{region.empty,region.timedelta,endpoint.bad,endpoint.slash,token_alone}
        config.{empty_bucket,odd_bucket} S3Store.repr.quote client_options.{both_http,headers} retry_config.base.zero
        sign.endpoint sign.endpoint.slash sign.endpoint.path"""),
    ("Keys beside a `credential_provider` are refused, and what it returns must be credentials and nothing else, not expired.",
     ["none"], "provider.more_keys provider.wins provider.expired S3Store.pickle.everything S3Store.pickle.told"),
    ("Every time that says its zone is taken; conditions compare whole seconds, as HTTP does.", ["none"],
     "provider.expires.other_zone"),
    ("There are more options, values of them and names for them; those of the connection may be in `config`.", ["none"], """
        config.key.{sts_endpoint,endpoint_url_s3,ENDPOINT_URL_S3,profile,requester_pays,aws_requester_pays,key,secret}
        config.key.{region_name,proxy_url,allow_http,aws_allow_http,user_agent} config.value.checksum_algorithm.CRC32
        client_options.in_config"""),
    ('`conditional_put="disabled"` and `http2_max_frame_size` are refused.', ["none"], """
        config.value.conditional_put.disabled client_options.http2_max_frame_size"""),
    ('`conditional_put="disabled"` and `http2_max_frame_size` are refused.', S3,
     "s3.conditional_put.disabled.{create,update,overwrite}"),
    ("An option that is `None` or blank is none, a variable too; numbers and times may be numbers or text.", ["none"], """
        config.value.{skip_signature,virtual_hosted_style_request,request_payer,unsigned_payload}.{'',1,None}
        config.value.sse_bucket_key_enabled.{'',None} config.value.{checksum_algorithm,conditional_put,copy_if_not_exists}.
        config.value.server_side_encryption. config.value.region.none
        client_options.timeout.{,1,int} client_options.number client_options.root_certificate.bytes
        retry_config.text retry_config.timeout.{text,int} retry_config.backoff.text
        sign.environment.endpoint.empty sign.environment.endpoint.s3.empty"""),
    ("An option of the wrong type is a `GenericError`, which is a `ValueError`, and no `TypeError` or `OverflowError`.",
     ["none"], """
        config.value.region.int client_options.timedelta.negative client_options.headers.{int,not_a_dict}
        retry_config.{negative,float}"""),
    ("An unknown field of `retry_config` is refused, and so is what is no `dict`.", ["none"],
     "retry_config.{unknown,backoff.unknown,backoff.int,int}"),
    ("An option may be given twice, if both times say the same; `endpoint` and `aws_endpoint_url_s3` are one.", ["none"], """
        config.duplicate.{bucket.config,bucket.kwargs,same,alias,case,kwargs,endpoints} client_options.duplicate
        from_url.duplicate sign.endpoints"""),
    ("What panics there is an error with a class here.", ["none"], "environment.bucket.repr"),
    ("A pickle may have any protocol.", ["none"], "LocalStore.pickle.protocol0"),
    ("A `LocalStore` is a folder, not a file.", ["none"], "LocalStore.file LocalStore.file.list from_url.local.file"),
    ("A URL may have any host of S3, no query, fragment, user, port or `..`; a region in `config` or an argument wins over "
     "its own, another bucket is refused.", ["none"], """
        {from_url,S3Store.from_url}.https://s3.amazonaws.com/b
        S3Store.from_url.https://b.s3.cn-north-1.amazonaws.com.cn/p
        {from_url,S3Store.from_url}.https://b.s3.dualstack.us-east-1.amazonaws.com
        {from_url,S3Store.from_url}.s3://{b?x=1,b#f,u:p@b,b:80/p,b/a/../c} S3Store.from_url.s3://b//a//b/
        from_url.config_wins.bucket from_url.kwargs.region"""),
    ("There is no `AzureStore`, `GCSStore` or `HTTPStore`: to make one is a `NotSupportedError`.", ["none"], """
        from_url.http://s3.us-east-1.amazonaws.com/b from_url.https://b.s3.cn-north-1.amazonaws.com.cn/p"""),
    ("What is for type checkers can be imported too.", ["none"], """
        names.store.hint.{S3Config,S3Credential,S3CredentialProvider,ClientConfig,RetryConfig,BackoffConfig}"""),
    ("A signed URL is that of the AWS SDK for Go: a bucket whose name can be no host is in its path, and who pays is "
     "`X-Amz-Request-Payer`.", ["none"],
     "sign.request_payer sign.environment.{virtual,payer,payer.misspelt}"),
]

"""Credential providers: functions, and those over boto3."""

import datetime
import importlib
import inspect

from record import step
from steps.sign import HOUR, shape
from subject import MODULE, m, stores

KEYPAIR = {"access_key_id": "k", "secret_access_key": "s"}
SOON = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(minutes=30)


def used(provider, times=1):
    """The access key that a store signs with, by this provider."""
    store = stores.S3Store("b", region="r", credential_provider=provider)
    for _ in range(times):
        url = m.sign(store, "GET", "a", HOUR)
    return dict(shape(url)[3])


def counted(answer):
    calls = []

    def provider():
        calls.append(1)
        return answer

    provider.calls = calls
    return provider


def group_providers():
    step("provider.static", lambda: used(lambda: {**KEYPAIR, "token": None, "expires_at": None}))
    step("provider.no_token", lambda: used(lambda: {**KEYPAIR, "expires_at": None}))
    step("provider.token", lambda: used(lambda: {**KEYPAIR, "token": "t", "expires_at": None}))
    step("provider.expires", lambda: used(lambda: {**KEYPAIR, "token": None, "expires_at": SOON}))
    step("provider.expires.other_zone", lambda: used(lambda: {**KEYPAIR, "token": None, "expires_at": SOON.astimezone(
        datetime.timezone(datetime.timedelta(hours=5)))}))
    step("provider.expires.naive", lambda: used(lambda: {**KEYPAIR, "token": None, "expires_at": SOON.replace(tzinfo=None)}))
    step("provider.expires.missing", lambda: used(lambda: {**KEYPAIR, "token": None}))
    step("provider.expires.number", lambda: used(lambda: {**KEYPAIR, "token": None, "expires_at": 1}))
    step("provider.key.missing", lambda: used(lambda: {"access_key_id": "k", "expires_at": None}))
    step("provider.key.none", lambda: used(lambda: {"access_key_id": None, "secret_access_key": "s", "expires_at": None}))
    step("provider.none", lambda: used(lambda: None))
    step("provider.tuple", lambda: used(lambda: ("k", "s")))
    step("provider.more_keys", lambda: used(lambda: {**KEYPAIR, "expires_at": None, "more": 1}))
    step("provider.argument", lambda: used(lambda x: {**KEYPAIR, "expires_at": None}))

    def raising():
        raise KeyError("mine")

    step("provider.raises", lambda: used(raising))
    step("provider.wins", lambda: shape(m.sign(stores.S3Store(
        "b", access_key_id="static", secret_access_key="s", region="r",
        credential_provider=lambda: {**KEYPAIR, "expires_at": None}), "GET", "a", HOUR)))
    cached = counted({**KEYPAIR, "expires_at": None})
    step("provider.lazy", lambda: [stores.S3Store("b", credential_provider=cached).prefix, len(cached.calls)])
    step("provider.cached", lambda: [used(cached, times=3)["X-Amz-Expires"], len(cached.calls)])
    expiring = counted({**KEYPAIR, "expires_at": SOON})
    step("provider.cached.expiring", lambda: [used(expiring, times=3)["X-Amz-Expires"], len(expiring.calls)])
    old = counted({**KEYPAIR, "expires_at": SOON - datetime.timedelta(days=1)})
    step("provider.expired", lambda: [used(old, times=3)["X-Amz-Expires"], len(old.calls)])

    class Method:
        def __call__(self):
            return {**KEYPAIR, "expires_at": None}

    step("provider.object", lambda: used(Method()))


def group_boto3():
    import boto3
    import botocore.session

    auth = step("boto3.module", lambda: importlib.import_module(MODULE + ".auth.boto3") and None)
    auth = importlib.import_module(MODULE + ".auth.boto3")
    session = boto3.Session(aws_access_key_id="key", aws_secret_access_key="secret", aws_session_token="token",
                            region_name="eu-central-1")
    P = auth.Boto3CredentialProvider
    step("boto3.names", lambda: [n for n in ("Boto3CredentialProvider", "StsCredentialProvider") if not hasattr(auth, n)])
    step("boto3.signature", lambda: [[p.name, p.kind.name] for p in inspect.signature(P).parameters.values()])
    step("boto3.call", lambda: P(session)())
    step("boto3.config", lambda: P(session).config)
    step("boto3.config.no_region", lambda: P(boto3.Session(aws_access_key_id="a", aws_secret_access_key="b")).config)
    step("boto3.ttl", lambda: P(session).ttl)
    step("boto3.ttl.given", lambda: lifetime(P(session, ttl=datetime.timedelta(minutes=5))))
    step("boto3.ttl.positional", lambda: P(session, datetime.timedelta(minutes=5)))
    step("boto3.session.keyword", lambda: P(session=session).config)
    step("boto3.no_credentials", lambda: P(NoCredentials()))
    botocore_session = botocore.session.Session()
    botocore_session.set_credentials("key", "secret")
    botocore_session.set_config_variable("region", "of-botocore")
    step("boto3.botocore", lambda: P(botocore_session)())
    step("boto3.botocore.config", lambda: P(botocore_session).config)
    step("boto3.store", lambda: shape(m.sign(stores.S3Store("b", credential_provider=P(session)), "GET", "a", HOUR)))
    step("boto3.store.config", lambda: stores.S3Store("b", credential_provider=P(session)).config)
    step("boto3.store.region", lambda: stores.S3Store("b", credential_provider=P(session), region="r").config)
    S = auth.StsCredentialProvider
    step("sts.signature", lambda: [[p.name, p.kind.name] for p in inspect.signature(S).parameters.values()])
    step("sts.config", lambda: S(session, RoleArn="arn:x", RoleSessionName="s").config)
    step("sts.session", lambda: S(session, RoleArn="arn:x").session is session)
    step("sts.kwargs", lambda: S(session, RoleArn="arn:x", DurationSeconds=900).kwargs)
    step("sts.nothing", lambda: S(session).kwargs)
    step("sts.call", lambda: S(Sts(datetime.timezone.utc), RoleArn="arn:x", RoleSessionName="s")())
    step("sts.call.naive", lambda: S(Sts(None), RoleArn="arn:x", RoleSessionName="s")())


class NoCredentials:
    def get_credentials(self):
        return None


class Sts:
    """A session whose STS answers without any request."""

    def __init__(self, zone):
        self.zone = zone

    def client(self, name):
        assert name == "sts"
        return self

    def assume_role(self, **asked):
        return {"Credentials": {"AccessKeyId": asked["RoleArn"], "SecretAccessKey": asked["RoleSessionName"],
                                "SessionToken": "t", "Expiration": SOON.replace(tzinfo=self.zone)}}


def lifetime(provider):
    left = provider()["expires_at"] - datetime.datetime.now(datetime.timezone.utc)
    return datetime.timedelta(minutes=4) < left < datetime.timedelta(minutes=6)

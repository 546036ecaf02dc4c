"""What a probe of an endpoint finds."""

import dataclasses
import json
from typing import Mapping, Tuple


@dataclasses.dataclass(frozen=True)
class Finding:
    """What an endpoint does with one thing.

    :ivar name: such as ``"put_if_none_match"``: section 7 of the header lists them
    :ivar outcome: ``"honoured"``, ``"ignored"`` (without an error), ``"refused"``
        (with one), ``"unsupported"`` (there is no such operation), ``"corrupt"``
        (other bytes are stored than were sent) or ``"unknown"``
    :ivar http_status: of the answer that decided; 0 if there was none
    :ivar s3_code: of that answer; ``""`` if it has none
    :ivar message: one sentence
    """

    name: str
    outcome: str
    http_status: int
    s3_code: str
    message: str


@dataclasses.dataclass(frozen=True)
class ProbeReport:
    """What an endpoint honours, ignores and refuses; its text is a table.

    :ivar endpoint: URL; ``""`` for AWS
    :ivar server: the header of that name; ``""`` if there is none
    :ivar requests: that were sent
    :ivar options: those that should be other than their default: for
        ``S3Backend(bucket, ..., **report.options)`` and for :meth:`Store.from_url`
    :ivar reasons: why, by the name of the option. What makes a promise weaker
        says so there
    :ivar left: keys in the bucket that could not be removed
    """

    endpoint: str
    bucket: str
    server: str
    requests: int
    findings: Tuple[Finding, ...]
    options: Mapping[str, str]
    reasons: Mapping[str, str]
    left: Tuple[str, ...]

    def __str__(self) -> str:
        lines = [f"{self.endpoint or 'AWS'}, bucket {self.bucket}, {self.server or 'a server without a name'}:"]
        width = max((len(f.name) for f in self.findings), default=0)
        for f in self.findings:
            evidence = " ".join(filter(None, [str(f.http_status or ""), f.s3_code]))
            lines.append(f"  {f.name:{width}}  {f.outcome:11}  {f.message}" + (f" ({evidence})" if evidence else ""))
        lines.append("options:" if self.options else "options: the defaults suit it")
        lines += [f"  {name}={value}: {self.reasons[name]}" for name, value in self.options.items()]
        lines += [f"left: {key}" for key in self.left]
        return "\n".join(lines)


def probe_report(text: str) -> ProbeReport:
    found = json.loads(text)
    return ProbeReport(
        endpoint=found["endpoint"],
        bucket=found["bucket"],
        server=found["server"],
        requests=found["requests"],
        findings=tuple(Finding(**finding) for finding in found["findings"]),
        options={option["name"]: option["value"] for option in found["options"]},
        reasons={option["name"]: option["reason"] for option in found["options"]},
        left=tuple(found["left"]),
    )

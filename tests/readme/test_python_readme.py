"""The examples of the binding's README, on every backend."""

import doctest
import pathlib
import re

import certifi
import pytest

README = pathlib.Path(__file__).resolve().parent.parent.parent / "bindings" / "python" / "README.md"
IN_MEMORY = "remotestore.Store(remotestore.MemoryBackend())"


@pytest.mark.parametrize("backend", ["memory", "local", "s3"])
def test_the_examples(backend, tmp_path, s3_servers):
    text = README.read_text()
    assert text.count(IN_MEMORY) == 1
    if backend == "local":
        text = text.replace(IN_MEMORY, f"remotestore.Store(remotestore.LocalBackend({str(tmp_path)!r}))")
    if backend == "s3":
        url = s3_servers("versitygw")["REMOTESTORE_TEST_S3_URL"].rstrip("/") + "/readme-" + tmp_path.name
        text = text.replace(IN_MEMORY, f"remotestore.Store.from_url({url!r})")
    examples = doctest.DocTestParser().get_doctest(text, {}, README.name, str(README), 0)
    said = []
    result = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS).run(examples, out=said.append)
    assert result.attempted > 20 and not result.failed, "".join(said)


def test_the_s3_example():
    (program,) = re.findall(r"^```python\n(backend = .*?)^```", README.read_text(), re.M | re.S)
    program = program.replace("/etc/ssl/certs/internal-ca.pem", certifi.where())
    exec(f"import remotestore\n{program}backend.close()", {})

"""The faces hold no rule about requests, retries and paths, and no detail of the C library."""

import faces
import pytest

FOUND = {
    "network": [
        "import socket", "import http.client", "from http import client", "from urllib import request", "import hashlib, os",
        "import urllib.request as r", "from hmac import digest", "def f():\n    import boto3",
        "importlib.import_module('requests')", "__import__('ssl')", "asyncio.open_connection('h', 1)",
    ],
    "protocol": [
        "headers['x-amz-meta-a'] = 1", "f'X-Amz-{name}'", "h = {'If-None-Match': '*'}", "if error.code == 404: pass",
        "retryable = (500, 503)", "error.http_status", "error.s3_code", "if code == 'NoSuchKey': pass",
        "host = 's3.amazonaws.com'", "sent('Authorization')",
    ],
    "border": [
        "import ctypes", "from ctypes import byref", "from .. import _abi", "from .._library import library",
        "from ._call import wait", "from remotestore import _abi", "import remotestore._memory",
    ],
    "calls": [
        "library.rstore_head(a)", "quick.rstore_close(a)", "library['rstore_close'](a)", "ctypes.CDLL(path)",
        "_library.library.rstore_put(a)", "cdll.LoadLibrary(path)",
    ],
    "threads": [
        "threading.Thread(target=f)", "from threading import Thread", "from concurrent.futures import ThreadPoolExecutor",
        "import concurrent.futures", "loop.run_in_executor(None, f)", "await asyncio.to_thread(f)", "import subprocess",
    ],
    "retries": [
        "time.sleep(1)", "await asyncio.sleep(1)", "from time import sleep", "import tenacity",
        "while True:\n  try:\n    return get(a)\n  except OSError:\n    pass",
        "while True:\n  try:\n    return get(a)\n  except OSError:\n    continue",
        "while n:\n  n -= 1\n  try:\n    found = get(a, n)\n    break\n  except OSError:\n    if not n:\n      raise",
        "for n in range(3):\n  try:\n    return get(a, n)\n  except OSError as error:\n    last = error",
        "for n in itertools.count():\n  with lock:\n    try:\n      return get(a)\n    except OSError:\n      pass",
        "for wait in (1, 2):\n  try:\n    return get(a)\n  except OSError:\n    pause(wait)",
        "async def f():\n  for n in range(3):\n    try:\n      return await get(a)\n    except OSError:\n      pass",
        "try:\n  store.read(a)\nexcept OSError:\n  store.read(a)",
        "def get(a):\n  try:\n    return ask(a)\n  except OSError:\n    return get(a)",
        "class A:\n  def get(self):\n    try:\n      return ask()\n    except OSError:\n      return self.get()",
    ],
    "paths": [
        "os.path.normpath(p)", "posixpath.normpath(p)", "os.path.abspath(p)", "import fnmatch", "from glob import glob",
        "[s for s in p.split('/') if s]", "p.rsplit('/', 1)", "if s == '..': pass", "s in ('.', '..')",
        "re.sub('/+', '/', p)", "re.compile('a')", "if '*' in p: pass", "WILD = '*?['",
    ],
}
NOT_FOUND = {
    "network": ["import urllib.parse", "from .. import _errors", "import httpcache", "from . import http"],
    "protocol": ["'''x-amz- is what S3 has'''", "number == 4", "400.0", "a = 'content-type'", "{'ETag': 1}", "a = 'host'"],
    "border": ["from .._store import Store", "from .. import _errors", "from ._memory_of import x", "abi = 1"],
    "calls": ["wait(library.rstore_head, a)", "at._call(library.rstore_head, a)", "store.head(a)"],
    "threads": ["threading.Lock()", "import threading", "asyncio.gather(a)"],
    "retries": [
        "for path in paths:\n  try:\n    do(path)\n  except OSError:\n    pass",
        "for path in paths:\n  key = place(path)\n  try:\n    do(key)\n  except OSError:\n    pass",
        "while (path := above(path)):\n  try:\n    delete(path)\n  except OSError:\n    pass",
        "while True:\n  try:\n    get(a)\n  except OSError:\n    raise Other from None",
        "while True:\n  try:\n    get(a)\n  except OSError:\n    break",
        "while True:\n  def f():\n    try:\n      get(a)\n    except OSError:\n      pass",
        "try:\n  store.delete_folder(a)\nexcept OSError:\n  store.delete(a)",
        "try:\n  get(str(a))\nexcept OSError:\n  other(str(a))",
        "def get(a):\n  try:\n    return ask(a)\n  except OSError:\n    return super().get(a)",
    ],
    "paths": [
        "p.split(',')", "p.partition('/')", "posixpath.basename(p)", "a = 'a/..'", "record.match(a)", "a = 'a*'",
        "path = './'",
    ],
}


@pytest.mark.parametrize("face", faces.FACES)
def test_a_face_has_no_rules(face):
    names = {str(path.relative_to(faces.PACKAGE)) for path in faces.files_of(face)}
    assert names
    found = [each for each in faces.findings() if each.file in names]
    assert [str(each) for each in found if not any(each.is_allowed_by(entry) for entry in faces.ALLOWED)] == []


@pytest.mark.parametrize("entry", faces.ALLOWED, ids=": ".join)
def test_what_is_allowed_is_there(entry):
    assert any(each.is_allowed_by(entry) for each in faces.findings())
    assert faces.ALLOWED[entry]


def test_every_package_is_of_a_face():
    of_faces = {path for face in faces.FACES for path in faces.files_of(face)}
    assert set(faces.PACKAGE.glob("*/**/*.py")) <= of_faces


@pytest.mark.parametrize("name", faces.RULES)
def test_a_rule_has_both_samples(name):
    assert FOUND[name] and NOT_FOUND[name]


@pytest.mark.parametrize("name, source", [(name, source) for name in FOUND for source in FOUND[name]])
def test_a_rule_finds(name, source):
    assert faces.found(name, source)


@pytest.mark.parametrize("name, source", [(name, source) for name in NOT_FOUND for source in NOT_FOUND[name]])
def test_a_rule_does_not_find(name, source):
    assert not faces.found(name, source)


def test_lines_are_those_with_code():
    source = '"""What\n\nit is."""\n\n# why\nimport a  # how\n\n\ndef f():\n    """It."""\n    return """\n\n    """\n'
    assert faces.length(source) == 5


def test_the_lines_are_printed():
    print("\n" + faces.table())

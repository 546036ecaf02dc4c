"""A store of remotestore.aio that is called as if there were no event loop."""

import inspect

from remotestore import aio
from remotestore._async_files import AsyncReader, AsyncUpload, AsyncWriter

OPENED = (AsyncReader, AsyncWriter, AsyncUpload)


class Blocking:
    """What has coroutines as methods, each of which is carried out when it is called."""

    def __init__(self, loop, subject):
        self._loop, self._subject = loop, subject

    def __getattr__(self, name):
        found = getattr(self._subject, name)
        if not callable(found):
            return found
        return lambda *args, **options: self._done(found(*args, **options))

    def _done(self, returned):
        if inspect.isawaitable(returned):
            return self._loop.run_until_complete(returned)
        if inspect.isasyncgen(returned):
            return self._loop.run_until_complete(collect(returned))
        if isinstance(returned, OPENED):
            self._loop.run_until_complete(returned.__aenter__())  # which opens it
        if isinstance(returned, (*OPENED, aio.AsyncStore)):
            return Blocking(self._loop, returned)
        return returned

    def detach(self):
        return self  # as a file it has no buffer

    def forget(self):
        self._subject._end()

    def close(self):
        self.aclose()


async def collect(entries):
    return [entry async for entry in entries]

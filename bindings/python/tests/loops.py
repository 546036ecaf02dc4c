"""The event loops that the tests run, and what they have in common."""

import asyncio
import sys

import trio
import uvloop


def run_on_uvloop(program):
    if sys.version_info >= (3, 12):
        return uvloop.run(program())
    loop = uvloop.new_event_loop()
    try:
        return loop.run_until_complete(program())
    finally:
        loop.close()


LOOPS = {"asyncio": lambda program: asyncio.run(program()), "uvloop": run_on_uvloop, "trio": trio.run}


def in_trio():
    try:
        trio.lowlevel.current_task()
    except RuntimeError:
        return False
    return True


async def together(*programs):
    """Runs them at once, and returns what they return."""
    if not in_trio():
        return await asyncio.gather(*(program() for program in programs))
    found = [None] * len(programs)

    async def one(i, program):
        found[i] = await program()

    async with trio.open_nursery() as nursery:
        for i, program in enumerate(programs):
            nursery.start_soon(one, i, program)
    return found


async def cancelled_after(seconds, program):
    """Cancels it after some time, and tells whether it ended by that."""
    if in_trio():
        with trio.move_on_after(seconds) as scope:
            await program()
        return scope.cancelled_caught
    task = asyncio.ensure_future(program())
    await asyncio.sleep(seconds)
    task.cancel()
    try:
        await task
    except asyncio.CancelledError:
        return True
    return False


async def sleep(seconds):
    await (trio.sleep(seconds) if in_trio() else asyncio.sleep(seconds))

"""Files of others are read in a child process, because a library in C or C++ may crash or hang in a damaged one.

One child serves call after call, so that only the first one pays for its start; when it dies the next call starts
another. It is an interpreter of its own and no copy of this process: scripts need no main guard, and threads cannot be
caught in the middle of their work. Calls and answers are lines of JSON: nothing that comes out of the child is run.
"""

import atexit
import json
import os
import resource
import signal
import subprocess
import sys
import threading
import traceback
import warnings
from collections.abc import Callable
from contextlib import suppress
from functools import wraps
from importlib import import_module
from pathlib import Path
from typing import IO, Any, ParamSpec, TypeVar, get_type_hints

from pydantic import TypeAdapter

from eventspace.base.errors import EventspaceError, InputError, MissingExtraError
from eventspace.base.files import unfinished
from eventspace.base.memory import available_memory

__all__ = ["isolated", "progressing", "serve"]

P = ParamSpec("P")
R = TypeVar("R")

_SECONDS, _BYTES_A_SECOND = 60, 2_000_000
_START = "from eventspace.events.isolated import serve; serve()"
_GRACE = 2.0
_PATIENCE = 10  # seconds of the clock for one of computing


def isolated(function: Callable[P, R]) -> Callable[P, R]:
    """Let a function that reads a file of others run in the child process.

    Its death, a calculation without end, and a demand for more memory than there is become one error that names the
    file. It may compute for a minute, and for half a second a megabyte of the file, before its next sign of life; see
    :func:`progressing`. By the clock this may take ten times as long, because disk and processor may be busy. The
    function itself, to be run in this process, is the attribute ``__wrapped__``.

    Arguments:
        function: of a module; its first argument is the file that it reads, its second, if there is one, the file that
            it writes. All arguments fit into JSON, and pydantic can make its annotated result from JSON.

    Raises:
        InputError: the reader crashed, came to no end, or waited in vain.
    """

    @wraps(function)
    def call(*args: P.args, **kwargs: P.kwargs) -> R:
        paths = [Path(str(path)) for path in args[:2]]
        seconds = _SECONDS + (paths[0].stat().st_size // _BYTES_A_SECOND if paths[0].is_file() else 0)
        request = {
            "function": [function.__module__, function.__qualname__],
            "directory": _working_directory(),
            "args": args,
            "kwargs": kwargs,
            "seconds": seconds,
            "clock": _PATIENCE * seconds,
        }
        try:
            answer = _worker.ask(json.dumps(request, default=_plain))
        except BaseException as end:
            if len(paths) > 1:  # a child that dies cannot tidy up
                unfinished(paths[1]).unlink(missing_ok=True)
            if not isinstance(end, _DiedError):
                raise
            if end.waited:
                problem = f"its reader gave no sign of life for {request['clock']} s, and hardly computed"
                raise InputError(problem, file=paths[0], remedy="see whether its disk answers, or copy it") from None
            problem = f"the file is damaged (its reader {end})"
            raise InputError(problem, file=paths[0], remedy="make or download it again") from None
        if "error" in answer:
            raise _error(**answer["error"])
        result: R = TypeAdapter(get_type_hints(function)["return"]).validate_python(answer["result"])
        return result

    return call


def progressing() -> None:
    """A sign of life: the child may compute as long again. Elsewhere this does nothing."""
    if _allowance and os.getppid() == _parent:
        _limit(*_allowance)
    elif _allowance:
        sys.exit()  # nobody waits for the answer any more


class _DiedError(Exception):
    """How the child ended; ``waited`` if for doing nothing."""

    def __init__(self, code: int):
        super().__init__(_end(code))
        self.waited = code == -signal.SIGALRM


class _Worker:
    """The child process, as this process sees it."""

    def __init__(self) -> None:
        self._child: subprocess.Popen[str] | None = None
        self._owner = 0
        self._lock = threading.Lock()

    def ask(self, request: str) -> Any:
        with self._lock:
            child = self._alive()
            assert child.stdin
            assert child.stdout
            try:
                with suppress(BrokenPipeError):
                    child.stdin.write(f"{request}\n")
                    child.stdin.flush()
                answer = child.stdout.readline()
                if not answer:
                    raise _DiedError(child.wait())
                return json.loads(answer)
            except BaseException:  # also when the user interrupts
                self.stop()
                raise

    def stop(self) -> None:
        """End the child, if there is one, and leave it time to tidy up."""
        child, self._child = self._child, None
        if child is None or self._owner != os.getpid():
            return
        child.terminate()
        try:
            child.wait(_GRACE)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
        for pipe in (child.stdin, child.stdout):
            if pipe:
                with suppress(OSError):
                    pipe.close()

    def _alive(self) -> subprocess.Popen[str]:
        if self._child is None or self._child.poll() is not None or self._owner != os.getpid():
            self.stop()
            # -P: a file in the working directory must not be taken for a module. One that was deleted starts no Python.
            self._child = subprocess.Popen(
                [sys.executable, "-P", "-c", _START],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
                cwd=None if _working_directory() else os.sep,
            )
            self._owner = os.getpid()
        return self._child


_worker = _Worker()
atexit.register(_worker.stop)
_allowance: tuple[int, int] | None = None  # of the child: seconds of computing, and of the clock
_parent = 0


def serve() -> None:
    """What the child does: answer the calls that come on its standard input."""
    global _parent
    _parent = os.getppid()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent says when to stop
    signal.signal(signal.SIGTERM, lambda *_: sys.exit())
    signal.signal(signal.SIGALRM, signal.SIG_DFL)  # ends the process, also within a library in C
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # what libraries print is not an answer
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    warnings.simplefilter("ignore")  # numpy's of damaged numbers: the check of the events says what is wrong
    available = available_memory()
    if available is not None:
        with suppress(OSError, ValueError):  # not everywhere can it be limited
            resource.setrlimit(resource.RLIMIT_AS, (available, available))
    for request in sys.stdin:
        _answer(json.loads(request), answers)


def _answer(request: dict[str, Any], answers: IO[str]) -> None:
    global _allowance
    _allowance = request["seconds"], request["clock"]
    progressing()
    try:
        if request["directory"]:
            os.chdir(request["directory"])
        module, name = request["function"]
        function = getattr(import_module(module), name).__wrapped__
        args, kwargs = request["args"], {name: _tupled(value) for name, value in request["kwargs"].items()}
        returned = TypeAdapter(get_type_hints(function)["return"])
        answer = {"result": returned.dump_python(function(*args, **kwargs), mode="json")}
    except Exception as error:
        answer = {"error": _described(error)}
    signal.alarm(0)
    answers.write(json.dumps(answer) + "\n")
    answers.flush()


def _limit(seconds: int, clock: int) -> None:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    _, most = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (int(usage.ru_utime + usage.ru_stime) + 1 + seconds, most))
    signal.alarm(clock)


def _working_directory() -> str | None:
    try:
        return os.getcwd()  # noqa: PTH109
    except FileNotFoundError:  # it was deleted; paths that do not begin there can be read all the same
        return None


def _plain(value: Any) -> Any:
    """A path, or a number of numpy, for JSON."""
    return value.item() if hasattr(value, "item") else str(value)


def _tupled(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def _end(code: int) -> str:
    if code == -signal.SIGXCPU:
        return "came to no end"
    return f"died of {signal.Signals(-code).name}" if code < 0 else f"ended with code {code}"


def _described(error: Exception) -> dict[str, Any]:
    """An error as JSON: what a user can do something about in full, anything else as text."""
    match error:
        case InputError():
            where = {"file": error.file and str(error.file), "event": error.event}
            return {"kind": "input", "args": [error.problem], "kwargs": {**where, "remedy": error.remedy}}
        case MissingExtraError():
            return {"kind": "extra", "args": error.__reduce__()[1]}
        case EventspaceError():
            return {"kind": "ours", "args": [str(error)]}
        case OSError():
            return {"kind": "system", "args": [error.errno, error.strerror or str(error), error.filename]}
    return {"kind": "other", "args": ["".join(traceback.format_exception(error))]}


def _error(kind: str, args: list[Any], kwargs: dict[str, Any] | None = None) -> Exception:
    kinds: dict[str, Callable[..., Exception]] = {
        "input": InputError,
        "extra": MissingExtraError,
        "ours": EventspaceError,
        "system": OSError,
    }
    return kinds.get(kind, RuntimeError)(*args, **(kwargs or {}))

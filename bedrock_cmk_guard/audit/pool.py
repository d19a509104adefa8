"""Threads that do not keep the program from ending, as those of ``concurrent.futures`` do: a call may hang."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future
from queue import SimpleQueue
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")
U = TypeVar("U")


class Pool:
    """So many threads at most, which are made as there is something to do."""

    def __init__(self, size: int, name: str) -> None:
        self._size = size
        self._name = name
        self._jobs: SimpleQueue[Callable[[], None] | None] = SimpleQueue()
        self._threads: list[threading.Thread] = []
        self._lock = threading.Lock()
        self._closed = False

    def submit(self, work: Callable[P, T], *given: P.args, **named: P.kwargs) -> Future[T]:
        """Have something done; what becomes of it shows in the future. Nothing is begun in a pool that is closed."""
        future: Future[T] = Future()

        def job() -> None:
            if self._closed or not future.set_running_or_notify_cancel():
                future.cancel()
                return
            try:
                future.set_result(work(*given, **named))
            except BaseException as problem:
                future.set_exception(problem)

        with self._lock:
            if self._closed:
                future.cancel()
                return future
            self._jobs.put(job)
            if len(self._threads) < self._size:
                name = f"{self._name}_{len(self._threads)}"
                self._threads.append(threading.Thread(target=self._work, name=name, daemon=True))
                self._threads[-1].start()
        return future

    def map(self, work: Callable[[U], T], items: Iterable[U]) -> Iterator[T]:
        """Do the same with each of several items, and give what comes of it in their order, until one fails."""
        jobs = [self.submit(work, item) for item in items]

        def results() -> Iterator[T]:
            try:
                for job in jobs:
                    yield job.result()
            finally:
                for job in jobs:
                    job.cancel()

        return results()

    def close(self) -> None:
        """Begin nothing more, and let the threads go. What is under way goes on, and nobody waits for it."""
        with self._lock:
            self._closed = True
            for _ in self._threads:
                self._jobs.put(None)

    def _work(self) -> None:
        while (job := self._jobs.get()) is not None:
            job()

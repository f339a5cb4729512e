"""What ran, where, and how long it took: `xp.profile()`."""

import json

from crossarray import _core


class Event:
    """One step or copy: what, where, start_us and duration_us since the profile began, bytes read and written.

    predicted_us is what the router expected of it: when that is far off, `crossarray.calibrate()` measures the machine.
    """

    __slots__ = ("bytes", "duration_us", "predicted_us", "start_us", "what", "where")
    HEADER = f"{'start':>10} {'took':>10} {'predicted':>10} {'GB/s':>8}  what"

    def __init__(self, what, where, start_us, end_us, nbytes, predicted_us):
        self.what, self.where, self.start_us, self.bytes = what, where, start_us, int(nbytes)
        self.duration_us = end_us - start_us
        self.predicted_us = predicted_us

    @property
    def gb_per_s(self):
        """Bytes read and written per second, in 1e9."""
        return self.bytes / self.duration_us * 1e-3 if self.duration_us else 0.0

    def __repr__(self):
        predicted = _time(self.predicted_us) if self.predicted_us else ""
        rate = f"{self.gb_per_s:.2f}" if self.bytes else ""
        times = f"{_time(self.start_us):>10} {_time(self.duration_us):>10} {predicted:>10}"
        return f"{times} {rate:>8}  {self.where}: {self.what}"


def _time(us):
    for unit, size in (("s", 1e6), ("ms", 1e3)):
        if us >= size:
            return f"{us / size:.1f} {unit}"
    return f"{us:.1f} us"


class profile:  # noqa: N801 - used as a function: with profile() as p
    """Context manager that measures every recorded step and copy run inside. Small work run at once is not listed.

    Steps are waited for one by one meanwhile, so that times are their own: nothing overlaps. With overlap=True nothing is
    waited for, and each device tells by its own clock when a step or copy began and ended.

    >>> with xp.profile() as p:
    ...     y = xp.eval(xp.sqrt(xp.ones(1_000_000)) + 1)
    >>> isinstance(p.events, list)
    True
    """

    def __init__(self, *, overlap=False):
        self._overlap = overlap
        self.events = None

    def __enter__(self):
        self.events = []
        _core.start_profile(self._overlap)
        return self

    def __exit__(self, *exception):
        self.events = [Event(*event) for event in _core.stop_profile()]

    def __repr__(self):
        if self.events is None:
            return "not used yet: with crossarray.profile() as p: ..."
        return "\n".join([Event.HEADER, *map(repr, self.events)]) if self.events else "nothing ran"

    def save(self, path):
        """Writes a Chrome trace (chrome://tracing, Perfetto): one row per device and direction of copy."""
        rows = {where: number for number, where in enumerate(dict.fromkeys(event.where for event in self.events))}
        events = [{"name": "process_name", "ph": "M", "pid": 1, "args": {"name": "crossarray"}}]
        for where, number in rows.items():
            events.append({"name": "thread_name", "ph": "M", "pid": 1, "tid": number, "args": {"name": where}})
        for event in self.events:
            args = {
                "bytes": event.bytes,
                "GB/s": round(event.gb_per_s, 2),
                "predicted us": round(event.predicted_us, 1),
            }
            kind = "copy" if event.what == "copy" else "step"
            row = {"name": event.what, "cat": kind, "ph": "X", "pid": 1, "tid": rows[event.where], "args": args}
            events.append({**row, "ts": event.start_us, "dur": event.duration_us})
        with open(path, "w") as file:
            json.dump({"traceEvents": events, "displayTimeUnit": "ms"}, file)

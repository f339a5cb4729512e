"""Settings: `xp.config.threads = 1`, or for a block of code `with xp.config(lazy=False): ...`.

lazy       True: work is recorded and fused; False: every operation runs when it is called
threads    how many threads a computation may use; 0 = all cores (or CROSSARRAY_THREADS)
fast_math  True: a few ulp may be given up for speed (not NumPy's bits any more). The CPU multiplies by the reciprocal of a
           scalar divisor; a GPU may also round a*b + c once and reorder sums
memory_limit  most bytes in use on each device other than the CPU; 0: what the device has
max_height, max_held_bytes, max_parameter_bytes
           what is recorded is computed before it has more operations in one tree, keeps alive more bytes of inputs, or
           needs more bytes of parameters in one kernel
fallback   "numpy": what is not native runs NumPy's own function on host views; "raise": NotImplementedError
"""

from crossarray import _core

_FALLBACKS = ("numpy", "raise")


def _number(name, what, least=0):
    """A property for a whole number that the core keeps."""

    def set_number(self, value):
        if isinstance(value, bool) or not isinstance(value, int):
            raise TypeError(f"config.{name} is {what}, got {value!r}")
        if value < least:
            raise ValueError(f"config.{name} is {what}, at least {least}, got {value}")
        _core.set_config(name, value)

    return property(lambda self: _core.get_config(name), set_number)


class Config:
    """The process-wide settings: attributes to read and set; called with keywords, a context manager.

    >>> xp.config.threads = 2
    >>> with xp.config(lazy=False, threads=1):
    ...     xp.config.lazy, xp.config.threads
    (False, 1)
    >>> xp.config.lazy, xp.config.threads
    (True, 2)
    """

    __slots__ = ("_fallback",)

    def __init__(self):
        self._fallback = "numpy"

    lazy = property(lambda self: _core.get_config("lazy"), lambda self, on: self._set_flag("lazy", on))
    fast_math = property(lambda self: _core.get_config("fast_math"), lambda self, on: self._set_flag("fast_math", on))
    threads = _number("threads", "a number of threads (0 = all cores)")
    memory_limit = _number("memory_limit", "a number of bytes (0 = no limit)")
    max_height = _number("max_height", "a number of operations", least=1)
    max_held_bytes = _number("max_held_bytes", "a number of bytes")
    max_parameter_bytes = _number("max_parameter_bytes", "a number of bytes")
    fallback = property(lambda self: self._fallback, lambda self, choice: self._set_fallback(choice))

    def __call__(self, **settings):
        """Changes `settings` now, and back at the end of the `with` block that uses the returned object."""
        return _Changed(self, settings)

    def __setattr__(self, name, value):
        if not hasattr(type(self), name):
            raise AttributeError(_unknown(name))
        object.__setattr__(self, name, value)

    def __repr__(self):
        return f"config({', '.join(f'{name}={getattr(self, name)!r}' for name in SETTINGS)})"

    def _set_flag(self, name, value):
        if not isinstance(value, bool):
            raise TypeError(f"config.{name} is True or False, got {value!r}")
        _core.set_config(name, value)

    def _set_fallback(self, value):
        if value not in _FALLBACKS:
            raise ValueError(f"config.fallback is one of {_FALLBACKS}, got {value!r}")
        object.__setattr__(self, "_fallback", value)


SETTINGS = (
    "lazy",
    "threads",
    "fast_math",
    "memory_limit",
    "max_height",
    "max_held_bytes",
    "max_parameter_bytes",
    "fallback",
)


def _unknown(name):
    return f"config has no setting {name!r}; it has {', '.join(SETTINGS)}"


class _Changed:
    """Settings in force from construction to the end of the block."""

    def __init__(self, config, settings):
        for name in settings:
            if name not in SETTINGS:
                raise TypeError(_unknown(name))
        self._config = config
        self._before = {name: getattr(config, name) for name in settings}
        try:
            _apply(config, settings)
        except Exception:
            _apply(config, self._before)
            raise

    def __enter__(self):
        return self._config

    def __repr__(self):
        changed = ", ".join(f"{name}={getattr(self._config, name)!r}" for name in self._before)
        return f"config({changed}) until the end of its with block"

    def __exit__(self, *exception):
        _apply(self._config, self._before)


def _apply(config, settings):
    for name, value in settings.items():
        setattr(config, name, value)


config = Config()

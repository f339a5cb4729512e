"""Random numbers: every name of numpy.random, with NumPy's streams bit for bit, giving our arrays."""

import functools as _functools

import numpy as _np

from crossarray import _fallback, _namespace

PROVIDED_AS = "fallback"


def _wrap(theirs, name):
    """NumPy's function through the fallback; a list, which only `shuffle` writes to, is shuffled as it is."""
    through = _fallback.wrap(theirs, name)
    if not name.endswith(".shuffle"):
        return through

    @_functools.wraps(theirs)
    def shuffle(*args, **kwargs):
        in_list = any(type(item) is list for item in (*args, *kwargs.values()))
        return (theirs if in_list else through)(*args, **kwargs)

    return shuffle


def _methods_of(kind):
    """The public methods of a generator class, running NumPy's through the fallback."""
    return {
        name: _wrap(getattr(kind, name), f"numpy.random.{kind.__name__}.{name}")
        for name in _namespace.public_names(kind)
        if callable(getattr(kind, name))
    }


Generator = type("Generator", (_np.random.Generator,), {**_methods_of(_np.random.Generator), "__module__": __name__})
RandomState = type(
    "RandomState", (_np.random.RandomState,), {**_methods_of(_np.random.RandomState), "__module__": __name__}
)


@_functools.wraps(_np.random.default_rng)
def default_rng(seed=None):
    if isinstance(seed, _np.random.Generator):
        return seed if isinstance(seed, Generator) else Generator(seed.bit_generator)
    return Generator(_fallback.run(_np.random.default_rng, (seed,), {}).bit_generator)


shuffle = _wrap(_np.random.shuffle, "numpy.random.shuffle")


def __getattr__(name):
    value = _namespace.resolve(_np.random, name, __name__)
    globals()[name] = value
    return value


def __dir__():
    return _namespace.public_names(_np.random)

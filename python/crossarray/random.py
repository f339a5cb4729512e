"""Random numbers: every name of numpy.random, with NumPy's streams bit for bit, giving our arrays."""

import functools as _functools

import numpy as _np

from crossarray import _fallback, _namespace

PROVIDED_AS = "fallback"


def _methods_of(kind):
    """The public methods of a generator class, running NumPy's through the fallback."""
    return {
        name: _fallback.wrap(getattr(kind, name), f"numpy.random.{kind.__name__}.{name}")
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


def __getattr__(name):
    value = _namespace.resolve(_np.random, name, __name__)
    globals()[name] = value
    return value


def __dir__():
    return _namespace.public_names(_np.random)

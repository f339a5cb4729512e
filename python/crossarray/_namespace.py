"""What each public name of NumPy is here: native, composed, NumPy's own object, or a fallback.

A name that Crossarray has not defined itself is resolved from NumPy when it is first asked for.
"""

import types

import numpy as np

from crossarray import _core, _fallback

# NumPy's functions about dtypes, text and settings: they read no array, so they are ours as they are.
NUMPY_OWN = frozenset(
    [
        "base_repr",
        "binary_repr",
        "broadcast_shapes",
        "busdaycalendar",
        "datetime_data",
        "format_float_positional",
        "format_float_scientific",
        "frompyfunc",
        "get_include",
        "get_printoptions",
        "getbufsize",
        "geterr",
        "geterrcall",
        "index_exp",
        "info",
        "is_busday",
        "isdtype",
        "isnat",
        "issubdtype",
        "iterable",
        "mintypecode",
        "nested_iters",
        "printoptions",
        "promote_types",
        "s_",
        "set_printoptions",
        "setbufsize",
        "seterrcall",
        "show_config",
        "show_runtime",
        "test",
        "typename",
        "get_bit_generator",
        "set_bit_generator",
        "seed",
        "get_state",
        "set_state",
    ]
)
WRAPPED_MODULES = ("emath", "lib")  # their functions give arrays; other modules of NumPy are used as they are


def public_names(module):
    """The names without a leading underscore, submodules included."""
    return [name for name in dir(module) if not name.startswith("_")]


def natives():
    """The objects of the extension that have a name of NumPy's main namespace."""
    return {name: value for name, value in vars(_core).items() if name in _MAIN}


_MAIN = frozenset(public_names(np))


def resolve(theirs, name, owner):
    """Our object for `theirs.name` of NumPy; `owner` is the module that asks, "crossarray.linalg"."""
    if (name.startswith("__") and name != "__all__") or not hasattr(theirs, name):
        raise AttributeError(f"module {owner!r} has no attribute {name!r}")
    value = getattr(theirs, name)
    if isinstance(value, types.ModuleType):
        return WrappedModule(value) if name in WRAPPED_MODULES else value
    return value if is_numpys_own(name, value) else _fallback.wrap(value, value_name(theirs, name))


def value_name(module, name):
    """ "numpy.linalg.eig"."""
    return f"{module.__name__}.{name}"


def is_numpys_own(name, value):
    """True for constants, types, modules and the functions that read no array."""
    return name in NUMPY_OWN or isinstance(value, (type, types.ModuleType)) or not callable(value)


class WrappedModule(types.ModuleType):
    """A module of NumPy whose functions take and give our arrays."""

    def __init__(self, module):
        super().__init__(module.__name__.replace("numpy", "crossarray", 1), module.__doc__)
        self.__numpy__ = module
        if hasattr(module, "__path__"):
            self.__path__ = []  # a package, whose modules _modules finds

    def __getattr__(self, name):
        value = resolve(self.__numpy__, name, self.__name__)
        if isinstance(value, types.ModuleType) and value.__name__.startswith("numpy."):
            value = WrappedModule(value)
        setattr(self, name, value)
        return value

    def __dir__(self):
        return dir(self.__numpy__)


class Coverage(dict):
    """From public names of NumPy ("sin", "linalg.norm", "ndarray.sort") to how they are provided; prints a summary."""

    def __repr__(self):
        lines = []
        for kind in ("native", "composed", "numpy", "fallback"):
            names = [name for name, value in self.items() if value == kind]
            lines.append(f"{kind} ({len(names)}): {', '.join(names)}")
        return "\n".join(lines)


def coverage():
    """How each public name of NumPy's main, linalg, fft and random namespaces and of its ndarray is provided.

    Values: "native" (our own engine), "composed" (of native functions), "numpy" (NumPy's own object: constants, dtypes,
    types, questions about dtypes), "fallback" (NumPy's function on host views; see `config.fallback`).
    >>> xp.coverage()["sin"], xp.coverage()["pi"]
    ('native', 'numpy')
    """
    import crossarray as xp

    found = Coverage()
    for prefix, theirs, ours in (
        ("", np, xp),
        ("linalg.", np.linalg, xp.linalg),
        ("fft.", np.fft, xp.fft),
        ("random.", np.random, xp.random),
    ):
        for name in public_names(theirs):
            found[prefix + name] = _kind_of(name, getattr(theirs, name), vars(ours), ours)
    for name in public_names(np.ndarray):
        found["ndarray." + name] = _kind_of_method(name)
    return found


def _kind_of(name, theirs, defined, module):
    value = defined.get(name)
    if value is not None and getattr(value, "__wrapped__", None) is not theirs and value is not theirs:
        if value is getattr(_core, name, None):
            return "native"
        return getattr(value, "provided_as", None) or getattr(module, "PROVIDED_AS", "composed")
    return "numpy" if is_numpys_own(name, theirs) else "fallback"


def _kind_of_method(name):
    return vars(_core.ndarray).get("__kinds__", {}).get(name, "native")

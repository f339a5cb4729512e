"""The language of random programs: state, variables, the registry of instructions. See programs.py."""

import os
from dataclasses import dataclass, field

import numpy as np

# Both sides of the eager limit (2048 float64), of a tile (512) and of the thread limit; empty, 0-d and odd ones.
SHAPES = [
    (7,),
    (2047,),
    (2048,),
    (2049,),
    (5, 3),
    (64, 33),
    (),
    (3, 1, 5),
    (20_000,),
    (0,),
    (0, 4),
    (150, 141),
    (511, 4),
    (2, 1030),
    (160_001,),
    (401, 400),
    (4099,),
    (30, 100),
]
DTYPES = ["f8", "f4", "f8", "i8", "f4", "u1", "?", "i4", "f2", "c16", "i1", "u8"]
LIMIT = 200_000  # elements; instructions that would make more are skipped
VARIABLES = 8
# Of what is pinned to a device NumPy gets copies: programs that write into them would differ by design.
SHARES_WITH_NUMPY = os.environ.get("CROSSARRAY_DEVICE", "auto") in ("auto", "cpu")
EXPECTED = (IndexError, ValueError, TypeError, OverflowError, ZeroDivisionError, NotImplementedError)


@dataclass
class Variable:
    """`exact` is one cell shared by all views of a storage: False when values depend on a transcendental function."""

    value: object
    exact: list = field(default_factory=lambda: [True])


@dataclass
class State:
    lib: object
    variables: list = field(default_factory=list)
    outside: list = field(default_factory=list)  # NumPy's views of our memory
    log: list = field(default_factory=list)
    shares: bool = SHARES_WITH_NUMPY

    def pick(self, index):
        return self.variables[index % len(self.variables)]

    def partner(self, variable, index):
        """A variable that broadcasts with `variable` to a modest size; one time in sixteen any, to meet the errors."""
        if index % 16 == 15:
            return self.pick(index)
        fitting = [each for each in self.variables if fits(variable.value.shape, each.value.shape)]
        return fitting[index % len(fitting)]

    def add(self, variable, index):
        if len(self.variables) < VARIABLES:
            self.variables.append(variable)
        else:
            self.variables[index % VARIABLES] = variable


INSTRUCTIONS = []


def instruction(weight=1):
    def register(function):
        INSTRUCTIONS.extend([function] * weight)
        return function

    return register


def observed(variable):
    """The values as a NumPy array that shares nothing, and whether NumPy's are the same bits."""
    return "values", np.array(np.asarray(variable.value), copy=True), variable.exact[0]


def size_of(*variables):
    """Elements of the broadcast result; 0 if there is none: then the library has to say so."""
    try:
        return int(np.prod(np.broadcast_shapes(*[each.value.shape for each in variables]), dtype=int))
    except ValueError:
        return 0


def fits(shape, other):
    try:
        return int(np.prod(np.broadcast_shapes(shape, other), dtype=int)) <= LIMIT
    except ValueError:
        return False


def make_values(shape, dtype, seed):
    """Integers and halves, some special: sums of them are exact in any order."""
    rng = np.random.default_rng(seed)
    dtype = np.dtype(dtype)
    if dtype.kind in "iu?b":
        return rng.integers(0, 2 if dtype.kind == "b" else 20, shape).astype(dtype)
    values = np.asarray(rng.integers(-40, 40, shape) / 2.0, dtype=np.float64)
    if seed % 5 == 0 and values.size:
        values.flat[rng.integers(0, values.size, 3)] = [np.nan, np.inf, -0.0]
    return (values + (1j * rng.integers(-4, 4, shape) if dtype.kind == "c" else 0)).astype(dtype)

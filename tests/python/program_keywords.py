"""Instructions of random programs with the keywords of ufuncs: dtype=, casting=, order=, out= with where=."""

import numpy as np
from program_instructions import same_kind
from program_language import LIMIT, Variable, instruction, size_of

OPS = "add subtract multiply".split()
KEYWORDS = [
    {"dtype": "f4"},
    {"dtype": "f8"},
    {"dtype": "f2"},
    {"dtype": "i8", "casting": "unsafe"},
    {"casting": "no"},
    {"casting": "safe"},
    {"order": "F"},
    {"order": "C"},
]


def is_vague(x, keywords):
    """Casts of NaN, infinities and large floats to integers are whatever the processor does."""
    return keywords.get("dtype") == "i8" and x.value.dtype.kind in "fc"


@instruction(3)
def with_keywords(state, a, b, c):
    x, y = state.pick(a), state.partner(state.pick(a), b)
    keywords = KEYWORDS[c % len(KEYWORDS)]
    if size_of(x, y) > LIMIT or is_vague(x, keywords) or is_vague(y, keywords):
        return None
    return Variable(getattr(state.lib, OPS[b % len(OPS)])(x.value, y.value, **keywords), same_kind(x, y))


@instruction(2)
def into_where(state, a, b, c):
    """out= keeps what where= leaves out."""
    x = state.pick(a)
    target = state.lib.array(np.full(x.value.shape, 7, x.value.dtype))
    getattr(state.lib, OPS[b % len(OPS)])(x.value, x.value, out=target, where=x.value > c % 5)
    return Variable(target, same_kind(x))

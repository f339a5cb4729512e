"""What `inspect.signature` and `help` say of ufunc objects."""


class UfuncSignature:
    """`ufunc.__signature__`: NumPy's parameters, of the one ufunc."""

    def __get__(self, ufunc, owner):
        if ufunc is None:
            raise AttributeError("__signature__")  # a class has none
        import inspect  # not at import: it is slow, and rarely needed

        parameter = inspect.Parameter
        inputs = ["x"] if ufunc.nin == 1 else [f"x{i + 1}" for i in range(ufunc.nin)]
        options = {"where": True} if ufunc.signature is None else {"axes": None, "axis": None, "keepdims": False}
        options |= {"casting": "same_kind", "order": "K", "dtype": None, "subok": True, "signature": None}
        out = None if ufunc.nout == 1 else (None,) * ufunc.nout
        return inspect.Signature(
            [
                *(parameter(name, parameter.POSITIONAL_ONLY) for name in inputs),
                parameter("out", parameter.POSITIONAL_OR_KEYWORD, default=out),
                *(parameter(name, parameter.KEYWORD_ONLY, default=value) for name, value in options.items()),
            ]
        )


class UfuncDoc:
    """`ufunc.__doc__`: of one ufunc its own, made from the row; of the type what ufuncs are."""

    def __init__(self, of_instance):
        self._of_instance = of_instance

    def __get__(self, ufunc, owner):
        if ufunc is not None:
            return self._of_instance.__get__(ufunc, owner)
        return "Functions of single elements over whole arrays, with broadcasting. xp.add, xp.sin... are such objects."


def install(ufunc):
    """Gives the extension's ufunc type its signatures and a docstring."""
    ufunc.__signature__ = UfuncSignature()
    ufunc.__doc__ = UfuncDoc(vars(ufunc)["__doc__"])

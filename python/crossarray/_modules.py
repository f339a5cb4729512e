"""Imports of NumPy's submodules under our name: `from crossarray.lib.stride_tricks import sliding_window_view`."""

import sys
from importlib import import_module
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType

PREFIX = "crossarray."


class NumpysModules:
    """Finds `crossarray.lib.stride_tricks` as the module that the attribute of that name is, wrapped where we wrap it."""

    @staticmethod
    def find_spec(fullname, path=None, target=None):
        if not fullname.startswith(PREFIX):
            return None
        parent, _, name = fullname.rpartition(".")
        if parent + "." == PREFIX and PathFinder.find_spec(fullname, path):
            return None  # a file of ours
        value = getattr(import_module(parent), name, None)
        if not isinstance(value, ModuleType):
            return None
        return ModuleSpec(fullname, Loader(value), is_package=hasattr(value, "__path__"))


class Loader:
    """Gives a module that is there already, and leaves it as it is."""

    def __init__(self, module):
        self._module, self._spec = module, module.__spec__

    def create_module(self, spec):
        return self._module

    def exec_module(self, module):
        module.__spec__ = self._spec  # the import has put its own there


def install():
    """Before the finder of files, which would load a second copy of what is under a package of NumPy."""
    sys.meta_path.insert(0, NumpysModules)

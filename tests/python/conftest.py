"""Options and fixtures shared by the Python tests."""

import os
import sys
from pathlib import Path

# A checkout's package (with the extension built into it) is tested in place, or the one CROSSARRAY_PACKAGE names
# (sanitizer builds); an installed one is found as usual.
PACKAGE = Path(os.environ.get("CROSSARRAY_PACKAGE", Path(__file__).resolve().parents[2] / "python"))
if any((PACKAGE / "crossarray").glob("_core*.so")):
    sys.path.insert(0, str(PACKAGE))
    os.environ["PYTHONPATH"] = os.pathsep.join([str(PACKAGE), os.environ.get("PYTHONPATH", "")]).rstrip(os.pathsep)

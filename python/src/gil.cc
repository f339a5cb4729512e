#include "python/src/gil.h"

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include "dispatch/plan/backend.h"
#include "dispatch/plan/executor.h"

namespace crossarray::python {
namespace {

unsigned long main_thread = 0;

void* release_gil() { return PyEval_SaveThread(); }
void acquire_gil(void* state) { PyEval_RestoreThread(static_cast<PyThreadState*>(state)); }

/// Python runs signal handlers on the main thread only, so other threads need not ask.
bool interrupted() {
  if (PyThread_get_thread_ident() != main_thread) return false;
  const PyGILState_STATE state = PyGILState_Ensure();
  const bool stop = PyErr_CheckSignals() != 0;
  PyGILState_Release(state);
  return stop;
}

}  // namespace

void install_lock_hooks() {
  main_thread = PyThread_get_thread_ident();
  graph_lock().release = &release_gil;
  graph_lock().acquire = &acquire_gil;
  interrupt_poll() = &interrupted;
}

}  // namespace crossarray::python

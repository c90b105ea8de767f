"""Which form of an operation a graph gets: decided at tracing, not in models."""

import contextlib

import keras

_FORMS = ("kernels", "tflite", "portable")
# A plain global, not one for each thread: distribution strategies trace in threads of
# their own.
_chosen = None


@contextlib.contextmanager
def lowering(form: str):
    """Trace ``roi_align``, ``non_max_suppression`` and what calls them in this form.

    Without it they take "kernels" on TensorFlow, and "portable" on other backends and
    inside ``tf.function(jit_compile=True)``, which they notice.

    Args:
        form: "kernels" for TensorFlow's own; "tflite" for what converts to builtin
            operators of TFLite; "portable" for ``keras.ops`` alone, which runs on any
            backend: needed where a graph traced as usual is compiled by XLA later.

    Raises:
        ValueError: Another form, or one that needs TensorFlow on another backend.

    Example:
        ``with lowering("tflite"): model.export(folder)``
    """
    global _chosen
    if form not in _FORMS:
        raise ValueError(f"form must be one of {_FORMS}. Received: {form!r}.")
    if form != "portable" and keras.backend.backend() != "tensorflow":
        raise ValueError(
            f"The form {form!r} needs the TensorFlow backend. Received: backend "
            f"{keras.backend.backend()!r}; set KERAS_BACKEND=tensorflow."
        )
    before, _chosen = _chosen, form
    try:
        yield
    finally:
        _chosen = before


def current_form() -> str:
    """The form to trace now: "kernels", "tflite" or "portable"."""
    if _chosen is not None:
        return _chosen
    if keras.backend.backend() != "tensorflow":
        return "portable"
    from kseg.ops import native

    return "portable" if native.compiles_by_xla() else "kernels"

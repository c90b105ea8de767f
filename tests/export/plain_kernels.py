"""Whether a file gives the same without XNNPACK, when operators write in place.

TensorFlow Lite's own kernels of sums, products and reshapes may write where their input
stood. Of a reshaped product it does not see who else reads it (seen in LiteRT 1.1 to
2.3): ``y = a * b; z = reshape(y) * c`` overwrites y. XNNPACK takes such operators away,
so that only runtimes without it are wrong.
"""

import warnings

import numpy as np
from ai_edge_litert.interpreter import Interpreter, OpResolverType


def overwritten_outputs(content: bytes, image: np.ndarray) -> list[str]:
    """Outputs that differ from those of an interpreter that keeps all tensors."""
    in_place, kept = (_run(content, image, keep) for keep in (False, True))
    return [name for name in kept if not np.array_equal(in_place[name], kept[name])]


def _run(content, image, keep):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # that keeping takes memory
        interpreter = Interpreter(
            model_content=content,
            experimental_op_resolver_type=OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES,
            experimental_preserve_all_tensors=keep,
        )
    return interpreter.get_signature_runner()(image=image[None])

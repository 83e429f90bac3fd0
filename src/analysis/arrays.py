"""Types of NumPy arrays, by what they hold. Shapes and units are in the docstrings."""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Floats32 = NDArray[np.float32]
Ints = NDArray[np.int64]
Ints32 = NDArray[np.int32]
Flags = NDArray[np.bool_]
Objects = NDArray[np.object_]
Seconds = Ints  # since 1 January 1970, UTC

"""Names for the types of arrays in signatures."""

from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

__all__ = ["Array", "ArrayLike", "Bools", "Floats", "Integers"]

# Of NumPy or of torch: the array API has no type of its own that a checker knows.
Array: TypeAlias = Any
# What numpy.asarray takes; NumPy's own type of that name forbids to convert an argument under its name.
ArrayLike: TypeAlias = Any

Floats: TypeAlias = NDArray[np.float64]
Integers: TypeAlias = NDArray[np.integer[Any]]
Bools: TypeAlias = NDArray[np.bool_]

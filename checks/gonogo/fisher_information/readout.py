"""What a fixed readout makes of a two-dimensional response."""

import numpy as np

from gonogo.arrays import Floats


def decoded_angles(responses: Floats, *, circular: bool = False) -> Floats:
    """Angle that is read out of each response.

    Parameters
    ----------
    responses : ndarray, shape (..., 2)
        Responses.
    circular : bool
        Whether the target is the point on the unit circle at the angle; else both responses are to be the angle.

    Returns
    -------
    ndarray, shape (...)
        Angles [rad]: the direction of the response, or the mean of both numbers.

    Raises
    ------
    ValueError
        If responses are not two-dimensional: no readout is known for them.

    Examples
    --------
    >>> decoded_angles(np.array([[0.1, 0.3], [0.0, 1.0]])).tolist()
    [0.2, 0.5]
    >>> decoded_angles(np.array([[0.0, 2.0]]), circular=True).tolist() == [np.pi / 2]
    True
    """
    if responses.shape[-1] != 2:
        raise ValueError(f"responses of 2 numbers expected, got {responses.shape[-1]}")
    return np.arctan2(responses[..., 1], responses[..., 0]) if circular else responses.mean(axis=-1)

"""Numbers and names as the page writes them."""

import math


def number(x):
    """Four significant digits with a real minus sign; an en dash for what is not there.

    >>> number(-0.00012346), number(41.0), number(None), number(True)
    ('−0.0001235', '41', '–', 'True')
    """
    if x is None:
        return "–"
    if isinstance(x, bool) or not isinstance(x, int | float):
        return str(x)
    return _plain(f"{x:.4g}")


def signed(x):
    """Distance beyond the limit with its sign, three digits.

    >>> signed(0.12345), signed(None), signed(float("inf"))
    ('+0.123', '–', '∞')
    """
    if x is None or math.isinf(x):
        return "–" if x is None else "∞"
    return _plain(f"{x:+.3g}")


def middle(name, most=38):
    """A name that is cut in the middle where it is too long: runs and statements differ at their ends.

    >>> middle("short"), middle("a_pair_of_layer3_2048_J1_k32_v0", 20)
    ('short', 'a_pair_…48_J1_k32_v0')
    """
    if len(name) <= most:
        return name
    tail = round(0.62 * (most - 1))
    return f"{name[: most - 1 - tail]}…{name[-tail:]}"


def _plain(text):
    return text.replace("e-0", "e-").replace("e+0", "e+").replace("-", "−")

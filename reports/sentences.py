"""One sentence a run: what the verdicts of a family say together, composed of its rows and nothing else."""


def sentences(rows):
    """What the verdicts of a run amount to, for families that have a sentence for it.

    Parameters
    ----------
    rows : list of Row
        Verdicts of a session.

    Returns
    -------
    dict
        (family, run) -> one sentence; runs of which nothing is known are left out.
    """
    verdicts = {}
    for row in rows:
        if row.family in SPEAKERS and row.control is None and not row.run.startswith("group:"):
            verdicts.setdefault((row.family, row.run), {}).setdefault(row.check, []).append(row)
    said = {key: SPEAKERS[key[0]](found) for key, found in verdicts.items()}
    return {key: f"{text[0].upper()}{text[1:]}." for key, text in said.items() if text}


def _entropy_change(found):
    """Derivatives, reach of the first order, the reported slope, and what to use instead."""
    words = {check: [row.verdict for row in rows] for check, rows in found.items()}
    derivatives = _one(words, "sequences_follow_derivatives")
    parts = []
    if derivatives == "fail":
        parts.append("the recorded derivatives are not those of these sequences, so no slope of this file can be used")
    parts.append(_reach(found.get("linear_regime_reaches_step", [])))
    precise = _one(words, "reported_slope_is_precise")
    slope = {
        "pass": "the reported slope is precise enough to use",
        "fail": "the reported slope is too noisy to use",
        "inconclusive": "whether the reported slope is precise enough is not decided",
    }.get(precise, "")
    if _one(words, "reported_slope_is_unbiased") == "fail" or _one(words, "linear_matches_true") == "fail":
        slope = f"{slope}, and it differs from the truth" if slope else "the reported slope differs from the truth"
    parts.append(slope)
    attributable = set(words.get("sequences_are_attributable", [])) & {"pass", "fail"}
    if attributable == {"fail"}:
        parts.append("it says nothing of single sequences")
    elif attributable == {"pass"} and precise != "fail":
        parts.append("it can be read sequence by sequence")
    if derivatives == "pass" and (precise in ("fail", "inconclusive") or attributable == {"fail"}):
        parts.append("use the plug-in slope from the same file")
    if _one(words, "sequences_are_on_policy") == "fail":
        parts.append("the sequences are not from the scored policy, which biases all of it")
    return "; ".join(filter(None, parts))


def _one(words, check):
    """Gravest verdict of a statement over its cases; empty where it was not asked."""
    found = words.get(check, [])
    return next((word for word in ("error", "fail", "inconclusive", "pass", "skip") if word in found), "")


def _reach(rows):
    """How far the first-order regime holds, by the steps at which it was demonstrated and refuted."""
    holds = [row.case["eta"] for row in rows if row.verdict == "pass"]
    ends = [row.case["eta"] for row in rows if row.verdict == "fail"]
    if not any(row.verdict in ("pass", "fail", "inconclusive") for row in rows):
        return ""
    if not holds and not ends:
        return "at no step is it shown that the first-order regime holds, nor that it does not"
    reach = f"the first-order regime holds up to η = {max(holds):.3g}" if holds else "the first-order regime"
    end = f"has ended at η = {min(ends):.3g}" if ends else ""
    return f"{reach} and {end}" if holds and ends else f"{reach} {end}".strip()


SPEAKERS = {"entropy_change": _entropy_change}

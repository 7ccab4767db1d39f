"""Features and classifier at the end have margins that generalise."""

import pytest

from gonogo import NotApplicable, NotEnoughData, neural_collapse
from gonogo.neural_collapse.information_plane import information_plane, unit_scale
from gonogo.neural_collapse.margin_comparison import logit_residual, margin_ratio, weakest_margin
from gonogo.neural_collapse.matched_compression import matched_compression
from reports.figures import information_plane as information_figures
from reports.figures import neural_collapse as figures

pytestmark = pytest.mark.neural_collapse


@pytest.mark.reads("features", answers=True, faults=("empty_unseen", "unseen_is_train", "missing_class"))
def check_features_are_consistent(relations, limits, judge):
    """Features, labels, classifier and logits belong together, within {worst_residual:.0f} tolerance.

    Means: a set of samples is empty, lacks a class, is a copy of the other one, or does not fit the classifier.

    Do: write the features again; a subset taken of an already truncated set is empty.
    """
    judge.consistent(relations, limits)


@pytest.mark.reads("features", group=("parent",), needs=("unseen_inputs",), faults=("shrinking_features",))
def check_information_compresses_at_one_scale(records, limits, judge):
    """Of features brought to one scale, nHSIC(Z;X) - nHSIC(Z;Y) falls to {fall:.0%}, and nHSIC(Z;Y) stays.

    Means: what looked like compression in the log was shrinking of the features, or labels were forgotten.

    Do: do not report compression of this run.
    """
    checkpoints = sorted(records.values(), key=lambda record: record.step)
    matched, raw = [], []
    for record in checkpoints:
        rest = (record.unseen_inputs, record.unseen_labels)
        settings = {"classes": len(record.weight), "batch": int(limits.batch)}
        matched.append(information_plane(unit_scale(record.unseen_features), *rest, **settings))
        raw.append(information_plane(record.unseen_features, *rest, **settings))
    found = matched_compression([record.step for record in checkpoints], matched, raw)
    judge(
        ("end over maximum", limits.decide(found.fall, upper=limits.fall)),
        ("I(Z;Y) kept", limits.decide(found.kept, lower=limits.kept)),
        figures=[(information_figures.at_one_scale, found, limits.fall)],
    )


def margins_of(record, split):
    """Margins of the training or the unseen samples."""
    features, labels = (getattr(record, f"{split}_{name}") for name in ("features", "labels"))
    return neural_collapse.margins(features, labels, record.weight, record.bias)


def _pairs(wanted, weakest, classes):
    """Pairs of classes that are drawn: the one that the limits ask for, then the one with the weakest margin."""
    return list(dict.fromkeys(pair for pair in (wanted, weakest) if pair is not None and max(pair) < classes))


@pytest.mark.reads("features", needs=("unseen_features",), faults=("memorised",))
def check_margins_generalise(record, limits, judge):
    """Unseen samples lie on their classes' side of every boundary on average, {ratio:.0%} as far as training samples.

    Means: margins are there for training samples only; the features memorise.

    Do: look at the pair of classes that the message names.
    """
    train, unseen = margins_of(record, "train"), margins_of(record, "unseen")
    fitted = 1 - float((neural_collapse.smallest_margins(train) <= 0).mean())
    if fitted < limits.fit:
        raise NotApplicable(f"only {fitted:.0%} of the training samples are on their side: nothing to generalise yet")
    if min(train.counts.min(), unseen.counts.min()) < limits.samples:
        raise NotEnoughData(f"margins need {limits.samples:.0f} samples of each class, got {unseen.counts.min():.0f}")
    weakest, mean = weakest_margin(unseen)
    share, (a, b, least) = margin_ratio(train, unseen)
    note = (
        f"least for class {a} against {b}: {least:.2f}; Cantelli's bound on the unseen error: {unseen.error_bound:.2g}"
    )
    if limits.classes and max(limits.classes) >= len(train.counts):
        note += f"\nclasses {list(limits.classes)} are not drawn: there are {len(train.counts)}"
    judge(
        (f"mean margin of class {weakest[0]} against {weakest[1]}", limits.decide(mean, lower=limits.margin)),
        ("mean margin, unseen over train", limits.decide(share, lower=limits.ratio)),
        note=note,
        figures=[(figures.violins, train, unseen, pair) for pair in _pairs(limits.classes, (a, b), len(train.counts))],
    )


@pytest.mark.reads("features", needs=("train_logits",), faults=("wrong_bias_sign",))
def check_logits_agree_with_margins(record, limits, judge):
    """Recorded logits are features times weights plus biases, within {residual:g} standard deviations of a margin.

    Means: logits, features and classifier come from different passes, or a sign is wrong: w_a - w_b goes with
    b_a - b_b.

    Do: write them from one forward pass.
    """
    train = margins_of(record, "train")
    residual, beyond = logit_residual(train, record.train_logits, record.weight)
    judge(
        ("largest difference", limits.decide(residual, upper=limits.residual)),
        ("error rate beyond Cantelli's bound", limits.decide(beyond, upper=limits.beyond)),
        figures=[
            (
                figures.violins,
                train,
                neural_collapse.margins_from_logits(record.train_logits, record.train_labels, record.weight),
            )
        ],
    )

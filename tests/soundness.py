"""Read evidence as a session does: its own reader first, then the relations that its consistency check judges."""

from fixtures.evidence import EvidenceError
from fixtures.kinds import kind_named


def read_sound(evidence):
    """Record of a piece of evidence; EvidenceError where it cannot be read or contradicts itself."""
    return sound(kind_named(evidence.kind), evidence.claim)


def sound(kind, claim):
    """Record of a claim, as ``read_sound`` has it."""
    record = kind.read(claim)
    for relation in kind.relations(record):
        if not relation.holds:
            raise EvidenceError(
                claim.paths[0],
                f"relation violated: {relation.name}; off by {relation.residual:.3g}, at most "
                f"{relation.tolerance:.3g} expected",
                key=relation.key,
            )
    return record

"""The live probe against backward differentiation, one angle and one response dimension at a time."""

import json

import numpy as np
import pytest

from fixtures.evidence import File
from fixtures.kinds import encoding
from gonogo.fisher_information.encoder_probe import probe_encoder

torch = pytest.importorskip("torch")
# torch 2.13 compiles its own forward-mode rules by a function that it has deprecated.
pytestmark = pytest.mark.filterwarnings("ignore:.torch.jit.script:DeprecationWarning")
ANGLES = np.linspace(-1.2, 1.2, 12)


def faces(angles):
    """Stimuli that torch can differentiate: 40 curves of 9 pixels, each with a phase of its own."""
    generator = torch.Generator().manual_seed(0)
    phase = torch.rand(40, 9, generator=generator, dtype=torch.float64) * 6
    speed = 1 + torch.rand(40, 9, generator=generator, dtype=torch.float64)
    return torch.cos(speed * angles[:, None, None] + phase)


@pytest.fixture
def encoder():
    torch.manual_seed(1)
    return torch.nn.Sequential(torch.nn.Linear(9, 8), torch.nn.CELU(), torch.nn.Linear(8, 2))


def one_by_one(encoder, angle):
    """Mean, its derivative, and covariance at one angle, by reverse mode."""
    module = encoder.double()
    theta = torch.tensor([angle], dtype=torch.float64, requires_grad=True)
    responses = module(faces(theta)[0])
    slope = [torch.autograd.grad(responses[:, k].mean(), theta, retain_graph=True)[0].item() for k in range(2)]
    cloud = responses.detach().numpy()
    return cloud.mean(0), np.array(slope), np.cov(cloud.T)


def test_equals_reverse_mode_at_every_angle(encoder):
    probe = probe_encoder(encoder, faces, ANGLES, chunk=5)

    for k, angle in enumerate(ANGLES):
        mean, slope, covariance = one_by_one(encoder, angle)
        np.testing.assert_allclose(probe.mean[k], mean, rtol=1e-10, atol=1e-12)
        np.testing.assert_allclose(probe.slope[k], slope, rtol=1e-10, atol=1e-12)
        np.testing.assert_allclose(probe.covariance[k], covariance, rtol=1e-10, atol=1e-14)
        np.testing.assert_allclose(probe.mean_term[k], slope @ np.linalg.inv(covariance) @ slope, rtol=1e-8)


def test_derivative_of_the_covariance_is_that_of_its_differences(encoder):
    probe = probe_encoder(encoder, faces, ANGLES)
    h = 1e-5
    after, before = (probe_encoder(encoder, faces, ANGLES + s * h).covariance for s in (1, -1))

    np.testing.assert_allclose(probe.covariance_slope, (after - before) / (2 * h), rtol=1e-5, atol=1e-9)


def test_a_central_difference_of_the_stimuli_stands_in_for_their_derivative(encoder):
    exact = probe_encoder(encoder, faces, ANGLES)
    near = probe_encoder(encoder, lambda angles: faces(angles).float(), ANGLES, step=0.01)

    np.testing.assert_allclose(near.mean_term, exact.mean_term, rtol=1e-3)


def test_generates_every_stimulus_once(encoder):
    calls = []
    probe_encoder(encoder, lambda angles: calls.append(len(angles)) or faces(angles), ANGLES, step=0.05, chunk=6)

    assert sum(calls) == 3 * len(ANGLES)


def test_leaves_the_encoder_as_it_was(encoder):
    encoder.train()
    probe_encoder(encoder, faces, ANGLES)

    assert encoder.training
    assert next(encoder.parameters()).dtype == torch.float32
    assert next(encoder.parameters()).requires_grad


def test_circular_errors_are_wrapped(encoder):
    probe = probe_encoder(encoder, faces, ANGLES + 3, encoding="circular")

    assert (np.abs(probe.bias) <= np.pi).all()
    assert (probe.mse <= np.pi**2).all()


def test_standard_error_is_the_spread_over_other_stimuli():
    torch.manual_seed(0)
    linear = torch.nn.Linear(3, 2)
    terms, errors = [], []
    for seed in range(60):
        noise = torch.randn(200, 3, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
        probe = probe_encoder(
            linear, lambda a, noise=noise: (1 + noise) * a[:, None, None] + noise, np.array([0.5, 1.0])
        )
        terms.append(probe.mean_term)
        errors.append(probe.mean_term_se)

    ratio = np.mean(errors, axis=0) / np.std(terms, axis=0, ddof=1)

    # sd of 60 replicates is known to 9 %, the mean error of 20 groups to 2 %.
    assert (np.abs(ratio - 1) < 0.4).all()


def test_what_it_writes_is_evidence_that_the_gate_reads(encoder, tmp_path):
    probe = probe_encoder(encoder, faces, ANGLES)
    np.savez(tmp_path / "fisher.npz", **probe.arrays(np.full(12, 1 / 2.4)))
    facts = {"encoding": "linear", "loss": "linear", "n_train_stimuli": probe.stimuli, "distribution": "uniform",
             "distribution_params": {"low": -1.2, "high": 1.2}}  # fmt: skip
    (tmp_path / "meta.json").write_text(json.dumps(facts))
    files = [File(path, path.stat().st_size) for path in sorted(tmp_path.iterdir())]

    record = encoding.read(encoding.find(files)[0])

    np.testing.assert_array_equal(record.information, probe.mean_term)
    assert record.stimuli == 40
    assert record.precision == "float64"


@pytest.mark.parametrize(
    ("stimulus", "message"),
    [(lambda a: torch.zeros(3, 4, 9), "stimulus must return shape"), (lambda a: torch.zeros(12), "got \\(12,\\)")],
    ids=["other angles", "no stimuli"],
)
def test_says_what_shape_it_wants(encoder, stimulus, message):
    with pytest.raises(ValueError, match=message):
        probe_encoder(encoder, stimulus, ANGLES, chunk=12)

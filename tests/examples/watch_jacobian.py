"""Watch the Jacobian of a pair of sparse autoencoders, and leave evidence that the gate reads: run with a folder."""

import sys
from pathlib import Path

import torch
from safetensors.torch import save_file

from gonogo.jacobian_sparsity import sparsity, tally, token_mean
from gonogo.jacobian_sparsity.active_jacobian import activation_slope, active_jacobian, active_latents, latent_products

NAME, D, H, K = "sae_pair_toy_layer1_64_J1_k6:v0", 64, 48, 6


def watch(pair, batches, folder):
    """Count magnitudes over a stream of MLP inputs, print Hoyer's sparsity, and save the histogram."""
    products = latent_products(pair["W_dec"], pair["W_in"], pair["W_out"], pair["W_enc_out"])
    edges, counts, seen, tokens = torch.linspace(0, 1.1, 1101), 0, 0, 0
    for x in batches:
        pre = x @ pair["W_in"] + pair["b_in"]
        y = torch.nn.functional.gelu(pre) @ pair["W_out"] + pair["b_out"]
        active_in = active_latents(x, pair["W_enc"], pair["b_enc"], K)
        active_out = active_latents(y, pair["W_enc_out"], pair["b_enc_out"], K)
        jacobian = active_jacobian(products, activation_slope(pre), active_in, active_out)
        counts, tokens = counts + tally(jacobian, edges), tokens + len(x)
        seen = seen + torch.bincount(active_out.flatten(), minlength=D)
        print(token_mean(sparsity(jacobian).hoyer))
    evidence = {"hist": counts.float(), "bin_edges": edges, "count_jac": seen.int()}
    save_file(evidence, folder / f"{NAME}.safetensor", metadata={"path": NAME, "tokens": str(tokens)})


def main(folder):
    """Watch a random pair on random inputs."""
    torch.manual_seed(0)
    shapes = {"W_enc": (16, D), "b_enc": (D,), "W_enc_out": (16, D), "b_enc_out": (D,), "W_in": (16, H), "b_in": (H,),
              "W_out": (H, 16), "b_out": (16,), "W_dec": (D, 16)}  # fmt: skip
    pair = {name: torch.randn(shape) / shape[0] ** 0.5 for name, shape in shapes.items()}
    watch(pair, [torch.randn(50, 16) for _ in range(3)], folder)


if __name__ == "__main__":
    main(Path(sys.argv[1]))

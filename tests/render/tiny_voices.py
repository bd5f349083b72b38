"""Tiny real voices: ONNX models with the face of VITS that hum a tone for each symbol, and the packs around them."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

RATE = 16_000
TONE_S = 0.06


def model(*, inputs: tuple[str, ...], metadata: dict[str, str], endless: bool = False) -> bytes:
    """A model that gives every number of its input a tone of its own, `TONE_S` long at a length scale of 1."""
    sequence = "input" if "input" in inputs else "x"
    nodes, constants = [], []

    def constant(name: str, value: Any) -> str:
        constants.append(numpy_helper.from_array(np.array(value), name))
        return name

    def node(kind: str, *args: str, **attributes: Any) -> str:
        name = f"v{len(nodes)}"
        nodes.append(helper.make_node(kind, list(args), [name], **attributes))
        return name

    if "scales" in inputs:
        scale = node("Gather", "scales", constant("one", np.int64(1)), axis=0)
    else:
        scale = node("Squeeze", "length_scale", constant("axis0", np.array([0], np.int64)))
    length = node("Mul", scale, constant("tone", np.float32(RATE * TONE_S * (300 if endless else 1))))
    each = node("Cast", length, to=TensorProto.INT64)
    ids = node("Squeeze", sequence, constant("axis", np.array([0], np.int64)))
    count = node("Squeeze", node("Shape", ids), constant("axis1", np.array([0], np.int64)))
    total = node("Mul", count, each)
    time = node("Range", constant("zero", np.int64(0)), total, constant("step", np.int64(1)))
    pitch = node("Gather", node("Cast", ids, to=TensorProto.FLOAT), node("Div", time, each), axis=0)
    hertz = node("Add", node("Mul", pitch, constant("apart", np.float32(12))), constant("base", np.float32(180)))
    angle = node("Mul", hertz, constant("turn", np.float32(2 * np.pi / RATE)))
    wave = node("Sin", node("Mul", angle, node("Cast", time, to=TensorProto.FLOAT)))
    noise = node("RandomNormalLike", wave, scale=0.01, dtype=TensorProto.FLOAT)
    loud = node("Add", node("Mul", wave, constant("half", np.float32(0.4))), noise)
    nodes.append(helper.make_node("Unsqueeze", [loud, constant("axes", np.array([0, 1], np.int64))], ["output"]))
    shapes = {
        "input": (TensorProto.INT64, [1, None]),
        "x": (TensorProto.INT64, [1, None]),
        "scales": (TensorProto.FLOAT, [3]),
        "sid": (TensorProto.INT64, [1]),
    }
    faces = [
        helper.make_tensor_value_info(
            name, *shapes.get(name, (TensorProto.FLOAT if "scale" in name else TensorProto.INT64, [1]))
        )
        for name in inputs
    ]
    out = helper.make_tensor_value_info("output", TensorProto.FLOAT, [1, 1, None])
    graph = helper.make_graph(nodes, "hum", faces, [out], constants)
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    for key, value in metadata.items():
        entry = made.metadata_props.add()
        entry.key, entry.value = key, value
    onnx.checker.check_model(made)
    return bytes(made.SerializeToString())


IPA = "_^$ .,;:!?abcdefghijklmnopqrstuvwxyzŋɲɗɓəɛɔɯɤʔɹɪʊæʃʒθðˈˌːʰ̪̯123456789̆ɐɑʂʈɣχʌɨ͡ɜ‍"


def piper_pack(folder: Path, *, ident: str = "vi-hum", **changes: Any) -> Path:
    """A pack as Piper lays it out."""
    config = {
        "audio": {"sample_rate": RATE},
        "espeak": {"voice": "vi"},
        "inference": {"noise_scale": 0.667, "length_scale": 1, "noise_w": 0.8},
        "phoneme_id_map": {symbol: [number] for number, symbol in enumerate(IPA)},
    }
    files = {
        "giong.onnx": model(
            inputs=("input", "input_lengths", "scales"), metadata={}, endless=changes.pop("endless", False)
        ),
        "giong.onnx.json": json.dumps(config).encode(),
    }
    return _pack(folder, files, {"id": ident, "language": "vi", "engine": "piper", **changes})


def sherpa_pack(
    folder: Path, *, ident: str = "km-hum", lang: str = "km", letters: str = "កខគឃងមាត្រា២០ ", **changes: Any
) -> Path:
    """A pack of letters as sherpa-onnx lays out MMS."""
    tokens = "\n".join(f"{letter} {number}" for number, letter in enumerate(dict.fromkeys("_" + letters)))
    files = {
        "model.onnx": model(
            inputs=("x", "x_length", "noise_scale", "length_scale", "noise_scale_w"),
            metadata={"sample_rate": str(RATE), "add_blank": "1"},
        ),
        "tokens.txt": tokens.encode(),
    }
    return _pack(
        folder, files, {"id": ident, "language": lang, "engine": "sherpa-onnx", "non_commercial": True, **changes}
    )


def _pack(folder: Path, files: dict[str, bytes], said: dict[str, Any]) -> Path:
    folder.mkdir(parents=True)
    for name, data in files.items():
        (folder / name).write_bytes(data)
    manifest = {
        "licence": "CC BY 4.0",
        "non_commercial": False,
        "source": "https://example.org/giong",
        "speaker": "Người mẫu",
        **said,
    }
    lines = [f"{key} = {json.dumps(value, ensure_ascii=False)}" for key, value in manifest.items() if value is not None]
    sums = [f'"{name}" = "{hashlib.sha256(data).hexdigest()}"' for name, data in files.items()]
    (folder / "voice.toml").write_text("\n".join([*lines, "[files]", *sums, ""]), encoding="utf-8")
    return folder

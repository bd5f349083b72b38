"""The program of a child process: runs one VITS model once, as Piper or sherpa-onnx lay them out, and ends.

It reads JSON on standard input (`model`, `ids`, `blank`, `scales`, `speaker`, `rate`, `longest_s`) and writes 16-bit
mono samples after one line with their rate. A fresh process each time, one thread and a fixed seed: the same text
gives the same bytes, and a model that hangs or grows is ended with its process.
"""

import json
import resource
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import onnxruntime


def main() -> int:
    """Speak what standard input asks for."""
    import numpy as np  # here: whoever starts the child imports this module for its place alone
    import onnxruntime

    resource.setrlimit(resource.RLIMIT_CPU, (80, 80))
    resource.setrlimit(resource.RLIMIT_AS, (4 << 30, 4 << 30))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    asked = json.load(sys.stdin.buffer)
    onnxruntime.set_seed(1)
    onnxruntime.set_default_logger_severity(4)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    try:
        session = onnxruntime.InferenceSession(asked["model"], options, providers=["CPUExecutionProvider"])
        told = session.get_modelmeta().custom_metadata_map
        out = session.run(None, inputs(session, asked, told))[0]
    except Exception as error:  # noqa: BLE001 (onnxruntime has errors of its own; the parent tells them)
        sys.stderr.write(" ".join(str(error).split()))
        return 1
    samples = np.asarray(out, np.float32).reshape(-1)
    rate = int(asked["rate"] or told.get("sample_rate", 0))
    if not 8_000 <= rate <= 48_000:
        sys.stderr.write(f"the model says the rate {rate}")
        return 1
    if not len(samples) or not np.isfinite(samples).all() or len(samples) > asked["longest_s"] * rate:
        sys.stderr.write(f"the model made {len(samples) / rate:.1f} s of sound that cannot be this text")
        return 1
    pcm = np.clip(np.rint(samples * 32767.0), -32768, 32767).astype("<i2")
    sys.stdout.buffer.write(f"{rate}\n".encode() + pcm.tobytes())
    return 0


def inputs(session: "onnxruntime.InferenceSession", asked: dict[str, Any], told: dict[str, str]) -> dict[str, Any]:
    """What the model is fed, by the names it has for it."""
    import numpy as np

    ids = list(asked["ids"])
    if asked["blank"] == "model" and told.get("add_blank", "1") == "1":
        ids = [number for one in ids for number in (0, one)] + [0]
    noise, length, noise_w = asked["scales"]
    known = {
        "input": np.array([ids], np.int64),
        "input_lengths": np.array([len(ids)], np.int64),
        "scales": np.array([noise, length, noise_w], np.float32),
        "x": np.array([ids], np.int64),
        "x_length": np.array([len(ids)], np.int64),
        "noise_scale": np.array([noise], np.float32),
        "length_scale": np.array([length], np.float32),
        "noise_scale_w": np.array([noise_w], np.float32),
        "sid": np.array([asked["speaker"]], np.int64),
    }
    known["x_lengths"] = known["x_length"]
    return {one.name: known[one.name] for one in session.get_inputs()}


if __name__ == "__main__":
    raise SystemExit(main())

"""The program of a child process: reads one text, writes what espeak-ng makes of it (sound, or phonemes), and ends.

espeak-ng is GPL, so it is never loaded into our own process; and in one process the same sentence gives other
bytes the second time, so each text gets a fresh one. Nothing but the standard library is imported here: the child
runs without site packages and starts in a few milliseconds. It reads JSON on standard input
(`library`, `data`, `voice`, `words_per_minute`, `text`) and writes 16-bit mono samples on standard output, after
one line with their rate. Asked for `phonemes`, it reads `texts` and writes the phonemes of each as a JSON list, in
the letters of the International Phonetic Alphabet.
"""

import ctypes
import json
import resource
import sys

SYNCHRONOUS = 2  # espeak_AUDIO_OUTPUT: samples come through the callback, nothing is played
UTF8 = 1  # espeakCHARS_UTF8 alone: neither SSML nor [[phonemes]] in the text are obeyed
RATE, VOLUME = 1, 2  # espeak_PARAMETER
IPA = 2  # phonemes in the International Phonetic Alphabet
QUIETER = 70  # of 100: at 100 vowels with two tones reach full scale and clip


def main() -> int:
    """Speak what standard input holds."""
    resource.setrlimit(resource.RLIMIT_CPU, (20, 20))
    resource.setrlimit(resource.RLIMIT_AS, (1 << 30, 1 << 30))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    asked = json.load(sys.stdin.buffer)
    espeak = ctypes.CDLL(asked["library"])
    heard: list[bytes] = []

    def hear(samples: int | None, count: int, _events: int | None) -> int:
        if samples and count > 0:
            heard.append(ctypes.string_at(samples, count * 2))
        return 0

    ear = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_int, ctypes.c_void_p)(hear)
    rate = espeak.espeak_Initialize(SYNCHRONOUS, 0, asked["data"].encode(), 0)
    if rate <= 0:
        sys.stderr.write("espeak-ng did not start")
        return 1
    espeak.espeak_SetSynthCallback(ear)
    if espeak.espeak_SetVoiceByName(asked["voice"].encode()) != 0:
        sys.stderr.write(f"espeak-ng has no voice {asked['voice']}")
        return 1
    if asked.get("phonemes"):
        sys.stdout.write(json.dumps([phonemes(espeak, text) for text in asked["texts"]]))
        return 0
    espeak.espeak_SetParameter(RATE, int(asked["words_per_minute"]), 0)
    espeak.espeak_SetParameter(VOLUME, QUIETER, 0)
    text = asked["text"].encode() + b"\0"
    if espeak.espeak_Synth(text, ctypes.c_size_t(len(text)), 0, 0, 0, UTF8, None, None) != 0:
        sys.stderr.write("espeak-ng refused the text")
        return 1
    espeak.espeak_Synchronize()
    sys.stdout.buffer.write(f"{rate}\n".encode() + b"".join(heard))
    return 0


def phonemes(espeak: ctypes.CDLL, text: str) -> str:
    """The phonemes of one text, clause by clause."""
    espeak.espeak_TextToPhonemes.restype = ctypes.c_char_p
    rest = ctypes.c_char_p(text.encode())
    heard: list[str] = []
    while rest.value:
        said = espeak.espeak_TextToPhonemes(ctypes.byref(rest), UTF8, IPA)
        heard.append((said or b"").decode(errors="replace"))
    return " ".join(part.strip() for part in heard if part.strip())


if __name__ == "__main__":
    raise SystemExit(main())

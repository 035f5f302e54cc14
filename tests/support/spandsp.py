"""spandsp's ear and mouth for keys as tones: the second implementation, through ctypes."""

import ctypes
import time
from collections.abc import Sequence


def _library() -> ctypes.CDLL:
    library = ctypes.CDLL("libspandsp.so.2")
    for name in ("dtmf_rx_init", "dtmf_tx_init"):
        getattr(library, name).restype = ctypes.c_void_p
    library.dtmf_rx_get.restype = ctypes.c_size_t
    return library


def cost(samples: Sequence[int]) -> float:
    """Seconds of CPU that its ear takes for these samples."""
    library = _library()
    state = ctypes.c_void_p(library.dtmf_rx_init(None, None, None))
    array = (ctypes.c_int16 * len(samples))(*samples)
    before = time.process_time()
    library.dtmf_rx(state, array, len(samples))
    spent = time.process_time() - before
    library.dtmf_rx_free(state)
    return spent


def keys_in(samples: Sequence[int]) -> str:
    """The keys that it hears."""
    library = _library()
    state = ctypes.c_void_p(library.dtmf_rx_init(None, None, None))
    array = (ctypes.c_int16 * len(samples))(*samples)
    library.dtmf_rx(state, array, len(samples))
    keys = ctypes.create_string_buffer(129)
    library.dtmf_rx_get(state, keys, 128)
    library.dtmf_rx_free(state)
    return keys.value.decode()


def tones_of(keys: str) -> list[int]:
    """How it presses them: 50 ms each, 55 ms between."""
    library = _library()
    state = ctypes.c_void_p(library.dtmf_tx_init(None, None, None))
    library.dtmf_tx_put(state, keys.encode(), -1)
    samples: list[int] = []
    piece = (ctypes.c_int16 * 160)()
    while count := library.dtmf_tx(state, piece, 160):
        samples += piece[:count]
    library.dtmf_tx_free(state)
    return samples

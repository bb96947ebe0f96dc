"""Run by systemd in the gateway's sandbox: prints as JSON what works there, each fact true or the reason why not."""

from __future__ import annotations

import ctypes
import json
import mmap
import os
import socket
import sys
from collections.abc import Callable
from pathlib import Path

LIBC = ctypes.CDLL(None, use_errno=True)
SIDE = 128


def inference() -> bool:
    """onnxruntime multiplies two matrices with threads of its own."""
    os.environ["ORT_DISABLE_TELEMETRY"] = "1"
    import numpy
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 2
    session = onnxruntime.InferenceSession(product_model(), options, providers=["CPUExecutionProvider"])
    matrix = numpy.arange(SIDE * SIDE, dtype=numpy.float32).reshape(SIDE, SIDE) / SIDE
    return bool(numpy.allclose(session.run(None, {"x": matrix})[0], matrix @ matrix, rtol=1e-4))


def product_model() -> bytes:
    """y = x · x, as the ONNX file format's bytes."""

    def part(number: int, content: bytes | str | int) -> bytes:
        if isinstance(content, int):
            return varint(number << 3) + varint(content)
        raw = content.encode() if isinstance(content, str) else content
        return varint(number << 3 | 2) + varint(len(raw)) + raw

    def varint(value: int) -> bytes:
        head = bytes([value & 127 | (128 if value > 127 else 0)])
        return head + varint(value >> 7) if value > 127 else head

    shape = part(2, part(1, part(1, SIDE)) * 2)
    kind = part(2, part(1, part(1, 1) + shape))
    node = part(1, "x") + part(1, "x") + part(2, "y") + part(4, "MatMul")
    graph = part(1, node) + part(2, "product") + part(11, part(1, "x") + kind) + part(12, part(1, "y") + kind)
    return part(1, 8) + part(7, graph) + part(8, part(1, "") + part(2, 13))


def event_loop() -> bool:
    import asyncio

    import uvloop

    return uvloop.run(asyncio.sleep(0.01, True))


def password_hash() -> bool:
    from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

    return len(Argon2id(salt=b"12345678", length=32, iterations=1, lanes=1, memory_cost=19 * 1024).derive(b"x")) == 32


def native_callback() -> bool:
    """Libraries for sound and pins call back into Python. (Those on cffi cannot: it wants memory to write and run.)"""
    compare = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_int), ctypes.POINTER(ctypes.c_int))
    numbers = (ctypes.c_int * 3)(3, 1, 2)
    LIBC.qsort(numbers, 3, ctypes.sizeof(ctypes.c_int), compare(lambda a, b: a[0] - b[0]))
    return list(numbers) == [1, 2, 3]


def addresses() -> bool:
    import ifaddr

    return any(adapter.ips for adapter in ifaddr.get_adapters())


def clock_state() -> bool:
    """Whether the kernel's clock is synchronised can be read."""
    state = ctypes.create_string_buffer(512)
    return bool(LIBC.adjtimex(state) >= 0)


def processor() -> bool:
    return b"processor" in Path("/proc/cpuinfo").read_bytes()


def opens(path: str) -> Callable[[], bool]:
    def attempt() -> bool:
        os.close(os.open(path, os.O_RDWR))
        return True

    return attempt


def writes(path: str) -> Callable[[], bool]:
    def attempt() -> bool:
        Path(path).write_text("x")
        return True

    return attempt


def lists(path: str) -> Callable[[], bool]:
    return lambda: bool(os.listdir(path))


def machine_code() -> bool:
    mmap.mmap(-1, 4096, prot=mmap.PROT_WRITE | mmap.PROT_EXEC)
    return True


def packets() -> bool:
    socket.socket(socket.AF_PACKET, socket.SOCK_RAW).close()
    return True


def namespace() -> bool:
    if LIBC.unshare(0x10000000):  # CLONE_NEWUSER
        raise OSError(ctypes.get_errno(), "unshare")
    return True


def clock_set() -> bool:
    import time

    time.clock_settime(time.CLOCK_REALTIME, time.time())
    return True


FACTS: dict[str, Callable[[], bool]] = {
    "inference": inference,
    "event loop": event_loop,
    "password hash": password_hash,
    "native callback": native_callback,
    "addresses": addresses,
    "clock state": clock_state,
    "processor": processor,
    "own data": writes("/var/lib/gateway/sandbox-was-here"),
    "temporary files": writes("/tmp/sandbox-was-here"),
    "configuration is kept": writes("/etc/gateway/sandbox-was-here"),
    "programs are kept": writes("/opt/gateway/sandbox-was-here"),
    "homes": lists("/root"),
    "others' processes": lists("/proc/1"),
    "machine code": machine_code,
    "packets": packets,
    "namespace": namespace,
    "clock set": clock_set,
}


def found(fact: Callable[[], bool]) -> bool | str:
    try:
        return fact()
    except Exception as error:
        return f"{type(error).__name__}: {error}"


if __name__ == "__main__":
    extra = {path: opens(path) for path in sys.argv[1:]}
    print(json.dumps({name: found(fact) for name, fact in {**FACTS, **extra}.items()}))

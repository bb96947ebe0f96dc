"""`gateway broker`: the broker alone on loopback, for conformance suites and benches. Never a service."""

from __future__ import annotations

import argparse
import asyncio
import gc
import signal
from pathlib import Path
from typing import Any

from ..backends import loop


def register(subparsers: Any) -> None:
    """Declare the command."""
    parser: argparse.ArgumentParser = subparsers.add_parser(
        "broker",
        help="the broker alone on loopback, without access control: for conformance suites and benches",
        description="The embedded broker alone, on 127.0.0.1, open to everyone on this machine. For conformance suites "
        "and benches, never a service. Prints `listening on 127.0.0.1:PORT` when it is ready.",
    )
    parser.add_argument("--port", type=int, default=1883, help="TCP port; 0 picks a free one (default 1883)")
    parser.add_argument("--ws-port", type=int, help="also listen for MQTT over WebSocket on this port")
    parser.add_argument("--durable", action="store_true", help="keep retained messages, sessions and queues on disk")
    parser.add_argument("--data", type=Path, default=Path(".data/broker"), help="folder for --durable")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Run until a signal."""
    return loop.run(_serve(args))


async def _serve(args: argparse.Namespace) -> int:
    from ..backends.broker.broker import GatewayBroker
    from ..backends.broker.settings import BrokerSettings, Listener
    from ..flow.bus import Bus

    store = None
    if args.durable:
        from ..backends.store.settings import StoreSettings
        from ..backends.store.store import Store

        args.data.mkdir(parents=True, exist_ok=True)
        store = Store(args.data / "broker.db", StoreSettings())
        store.open()
        store.start(asyncio.get_running_loop())
    listeners = {"tcp": Listener(f"127.0.0.1:{args.port}")}
    if args.ws_port is not None:
        listeners["ws"] = Listener(f"127.0.0.1:{args.ws_port}", "ws")
    broker = GatewayBroker(BrokerSettings(), listeners, Bus(), writer=store, archive=store)
    if store is not None:
        store.watch(lambda healthy: broker.exchange.stored_again() if healthy else None)
    await broker.start()
    gc.freeze()
    print(f"listening on 127.0.0.1:{broker.port('tcp')}", flush=True)
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    await stop.wait()
    await broker.shutdown()
    if store is not None:
        await store.close()
    return 0

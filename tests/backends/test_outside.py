"""The way outside: two kinds of failure, told apart by whether anything can have been sent."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
import subprocess
import sys
import threading
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
import pytest_asyncio
from aiohttp import web

from gateway.backends.certificates import Certificates
from gateway.backends.outside import HttpOutside
from gateway.core.ports.outside import Unanswered, Unreached

"""Connections that send nothing, or slowly, or do not read, or are too many; and who may listen beyond this machine."""

from __future__ import annotations

import asyncio
import contextlib
import datetime
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from starlette.requests import Request
from starlette.responses import Response
from uvicorn.server import ServerState

from oncocds.cli.main import main
from oncocds_api.serve import configuration
from oncocds_api.settings.exposure import refuse_plain_text
from oncocds_api.settings.limits import Limits
from oncocds_api.settings.settings import Settings, SettingsError, read_settings
from oncocds_api.web.bodies import json_body
from oncocds_api.web.connections import bounded
from patience import SECONDS

SHORT = Limits(head_seconds=0.2, connections=8)
REQUEST = b"GET / HTTP/1.1\r\nHost: here\r\n\r\n"
Opened = Callable[[], Awaitable[tuple[asyncio.StreamReader, asyncio.StreamWriter]]]


async def small(scope: Any, receive: Any, send: Any) -> None:
    await Response(b"small")(scope, receive, send)


async def large(scope: Any, receive: Any, send: Any) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": []})
    for _ in range(40):
        await send({"type": "http.response.body", "body": bytes(1 << 20), "more_body": True})
    await send({"type": "http.response.body"})


async def late(scope: Any, receive: Any, send: Any) -> None:
    await asyncio.sleep(0.6)
    await Response(b"late")(scope, receive, send)


async def patient(scope: Any, receive: Any, send: Any) -> None:
    body = await json_body(Request(scope, receive))
    response = body if isinstance(body, Response) else Response(b"whole")
    await response(scope, receive, send)


@contextlib.asynccontextmanager
async def serving(app: Any, limits: Limits = SHORT, read_seconds: float = 0.2) -> AsyncIterator[Opened]:
    protocol, state = bounded(limits, read_seconds=read_seconds), ServerState()
    config = uvicorn.Config(app, http=protocol, access_log=False, log_config=None, timeout_keep_alive=1)
    config.load()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: protocol(config, state, {}), "127.0.0.1", 0)
    writers: list[asyncio.StreamWriter] = []

    async def opened() -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
        writers.append(writer)
        return reader, writer

    try:
        async with asyncio.timeout(SECONDS):
            yield opened
            while state.connections:  # ended by the server, or by the test
                await asyncio.sleep(0.01)
    finally:
        server.close()
        for writer in writers:
            writer.close()
            with contextlib.suppress(ConnectionError):
                await writer.wait_closed()


def test_a_connection_that_never_sends_a_request_is_closed() -> None:
    async def run() -> None:
        async with serving(small) as opened:
            reader, _ = await opened()
            assert await reader.read() == b""

    asyncio.run(run())


def test_a_head_that_comes_byte_by_byte_is_not_waited_for_on_a_used_connection_either() -> None:
    async def run() -> None:
        async with serving(small) as opened:
            for before in (b"", REQUEST):
                reader, writer = await opened()
                writer.write(before)
                if before:
                    assert await reader.readuntil(b"small")
                told = asyncio.create_task(reader.readuntil(b"\r\n\r\n"))
                writer.write(b"GET / HTTP/1.1\r\nX-Slow: ")
                while not told.done():
                    writer.write(b"x")
                    await asyncio.sleep(0.02)
                assert (await told).startswith(b"HTTP/1.1 408 ")

    asyncio.run(run())


def test_a_request_that_is_being_answered_is_not_ended_by_the_time_for_heads() -> None:
    async def run() -> None:
        async with serving(late) as opened:
            reader, writer = await opened()
            writer.write(REQUEST)
            assert await reader.readuntil(b"late")
            writer.close()

    asyncio.run(run())


def test_a_body_that_does_not_come_is_a_408_and_its_connection_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("oncocds_api.web.bodies._SECONDS", 0.2)

    async def run() -> None:
        async with serving(patient) as opened:
            reader, writer = await opened()
            writer.write(b"POST / HTTP/1.1\r\nHost: h\r\nContent-Type: application/json\r\nContent-Length: 90\r\n\r\n{")
            assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 408 ")

    asyncio.run(run())


def test_who_does_not_read_the_answer_is_cut_off() -> None:
    async def run() -> None:
        async with serving(large) as opened:
            _, writer = await opened()
            writer.transport.pause_reading()  # type: ignore[attr-defined]
            writer.write(REQUEST)
            await asyncio.sleep(0)

    asyncio.run(run())  # ends as soon as the server has no connection left


def test_who_reads_gets_a_large_answer_whole() -> None:
    async def run() -> None:
        async with serving(large, read_seconds=SECONDS) as opened:
            reader, writer = await opened()
            writer.write(REQUEST)
            head = await reader.readuntil(b"\r\n\r\n")
            assert b"chunked" in head
            size = 0
            while size < 40 << 20:
                size += len(await reader.read(1 << 20))
            writer.close()

    asyncio.run(run())


def test_one_connection_too_many_is_told_when_to_come_again_and_the_others_go_on() -> None:
    async def run() -> None:
        async with serving(small, Limits(connections=8, head_seconds=SECONDS)) as opened:
            open_ones = [await opened() for _ in range(8)]
            reader, writer = await opened()
            writer.write(REQUEST)
            told = await reader.read()
            assert told.startswith(b"HTTP/1.1 503 ")
            assert b"Retry-After: 1\r\n" in told
            assert b"application/problem+json" in told
            for one, sending in open_ones:
                sending.write(REQUEST)
                assert await one.readuntil(b"small")
                sending.close()

    asyncio.run(run())


@pytest.fixture(scope="module")
def pem(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a certificate of this machine's and its key."""
    folder = tmp_path_factory.mktemp("tls")
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "x")])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    (folder / "cert.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    for file, encryption in (
        ("key.pem", serialization.NoEncryption()),
        ("locked.pem", serialization.BestAvailableEncryption(b"secret-4711")),
    ):
        form = serialization.PrivateFormat.PKCS8
        (folder / file).write_bytes(key.private_bytes(serialization.Encoding.PEM, form, encryption))
    return folder


def tls(pem: Path, key: str = "key.pem") -> Settings:
    file = pem / "settings.yaml"
    file.write_text(f"tls_certificate: cert.pem\ntls_key: {key}\n")
    return read_settings(file, {})


def test_beyond_this_machine_only_with_tls_or_a_proxy(pem: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["serve", "--host", "0.0.0.0", "--port", "1"]) == 2
    told = capsys.readouterr().err
    assert "0.0.0.0" in told
    assert "proxy: true" in told
    assert "tls_certificate" in told
    for host in ("10.0.0.5", "::", "cds.hospital.example", ""):
        with pytest.raises(SettingsError):
            refuse_plain_text(host, Settings())
        refuse_plain_text(host, Settings(proxy=True))
        refuse_plain_text(host, tls(pem))
    refuse_plain_text("127.0.0.1", Settings())


def test_tls_is_spoken_with_the_certificate_of_the_settings(pem: Path) -> None:
    config = configuration(small, "127.0.0.1", 0, tls(pem))

    async def run() -> None:
        state = ServerState()
        protocol: Any = config.http_protocol_class
        server = await asyncio.get_running_loop().create_server(
            lambda: protocol(config, state, {}), "127.0.0.1", 0, ssl=config.ssl
        )
        trusting = ssl.create_default_context(cafile=pem / "cert.pem")
        address = server.sockets[0].getsockname()
        async with asyncio.timeout(SECONDS):
            reader, writer = await asyncio.open_connection(*address, ssl=trusting, server_hostname="localhost")
            writer.write(REQUEST)
            assert await reader.readuntil(b"small")
            writer.close()
            await writer.wait_closed()
        server.close()

    asyncio.run(run())


@pytest.mark.parametrize("key", ["missing.pem", "cert.pem", "locked.pem"])
def test_files_that_are_no_certificate_and_key_are_refused_by_name(pem: Path, key: str) -> None:
    with pytest.raises(SettingsError) as refused:
        configuration(small, "127.0.0.1", 0, tls(pem, key))
    (problem,) = refused.value.problems
    assert key in problem.reason
    assert problem.pointer == "/tls_key"


def test_a_certificate_without_its_key_is_refused() -> None:
    with pytest.raises(ValueError, match="together"):
        Settings(tls_certificate=Path("cert.pem"))

"""Signed tokens of CDS clients: a good one is accepted once; every wrong one is refused."""

from __future__ import annotations

import asyncio
import base64
import hmac
import json
import sqlite3
import warnings
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from joserfc import jwt
from joserfc.errors import SecurityWarning
from joserfc.jwk import ECKey, OctKey, RSAKey

from oncocds_api.security.bearer import Bearer, Unauthorized
from oncocds_api.security.kept_replays import KeptReplays
from oncocds_api.security.key_sets import KeySets, KeysUnavailable
from oncocds_api.settings.addresses import Issuer
from oncocds_api.settings.settings import Settings, SettingsError

NOW = 1_800_000_000.0
ISS, JKU = "https://ehr.hospital.example/", "https://ehr.hospital.example/jwks.json"
AUDIENCE = "https://cds.hospital.example/cds-services/oncocds-orders"
EC = ECKey.generate_key("P-384", {"kid": "ec"})
OTHER_EC = ECKey.generate_key("P-384", {"kid": "ec"})
P256 = ECKey.generate_key("P-256", {"kid": "p256"})
RSA = RSAKey.generate_key(2048, {"kid": "rsa"})
with warnings.catch_warnings():
    warnings.simplefilter("ignore", SecurityWarning)
    SHORT = RSAKey.generate_key(1024, {"kid": "short"})
SETTINGS = Settings(issuers=(Issuer(iss=ISS, jku=(JKU,)),))
_SERIAL = iter(range(10**9))


def public(*keys: Any, **more: Any) -> dict[str, Any]:
    return {"keys": [{**key.as_dict(private=False), **more} for key in keys]}


SETS: dict[str, Any] = {JKU: public(EC, P256, RSA, SHORT)}


def checker(
    sets: Mapping[str, Any] = SETS, settings: Settings = SETTINGS, now: Callable[[], float] = lambda: NOW
) -> Bearer:
    async def fetch(address: str) -> bytes:
        if address not in sets:
            raise OSError
        return json.dumps(sets[address]).encode()

    return Bearer(settings, KeySets(fetch), now)


def claims(**more: Any) -> dict[str, Any]:
    made = {
        "iss": ISS,
        "aud": AUDIENCE,
        "exp": int(NOW) + 300,
        "iat": int(NOW),
        "jti": f"token-{next(_SERIAL)}",
        **more,
    }
    return {name: value for name, value in made.items() if value is not ...}


def header(alg: str = "ES384", kid: Any = "ec", **more: Any) -> dict[str, Any]:
    made = {"alg": alg, "kid": kid, "typ": "JWT", "jku": JKU, **more}
    return {name: value for name, value in made.items() if value is not ...}


def token(head: Mapping[str, Any] | None = None, body: Mapping[str, Any] | None = None, key: Any = EC) -> str:
    head = dict(head or header())
    return jwt.encode(head, dict(body or claims()), key, algorithms=[str(head["alg"])], default_type=None)


def raw(head: Any, body: Any, signature: bytes = b"x" * 96) -> str:
    parts = [json.dumps(head).encode(), json.dumps(body).encode(), signature]
    return ".".join(base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts)


def check(bearer: Bearer, authorization: str | None, audience: str = AUDIENCE) -> str:
    return asyncio.run(bearer.check(authorization, audience))


def refusal(authorization: str | None, bearer: Bearer | None = None) -> str:
    with pytest.raises(Unauthorized) as refused:
        check(bearer or checker(), authorization)
    return str(refused.value)


@pytest.mark.parametrize(
    ("head", "body", "key"),
    [
        (header(), claims(), EC),
        (header("RS384", "rsa"), claims(), RSA),
        (header(), claims(aud=[AUDIENCE]), EC),
        (header(), claims(aud=["https://other.example", AUDIENCE]), EC),
        (header(), claims(tenant="2ddd6c3a", nbf=int(NOW), sub="epic"), EC),
        (header(typ="jwt"), claims(), EC),
        (header(), claims(exp=NOW + 12.5, iat=NOW - 0.5), EC),
        (header(), claims(exp=int(NOW) - 59), EC),
        (header(), claims(iat=int(NOW) + 59, nbf=int(NOW) + 59), EC),
    ],
)
def test_a_good_token_is_accepted(head: Any, body: Any, key: Any) -> None:
    assert check(checker(), f"Bearer {token(head, body, key)}") == ISS


@pytest.mark.parametrize(
    ("head", "body", "key", "why"),
    [
        (header(), claims(iss="https://evil.example/"), EC, "iss"),
        (header(), claims(iss=ISS.rstrip("/")), EC, "iss"),
        (header(), claims(iss=...), EC, "iss"),
        (header(), claims(iss=[ISS]), EC, "iss"),
        (header(), claims(aud=AUDIENCE + "/"), EC, "aud"),
        (header(), claims(aud="https://cds.hospital.example/cds-services"), EC, "aud"),
        (header(), claims(aud=AUDIENCE.replace("https", "http")), EC, "aud"),
        (header(), claims(aud=...), EC, "aud"),
        (header(), claims(aud=[]), EC, "aud"),
        (header(), claims(exp=int(NOW) - 60), EC, "exp"),
        (header(), claims(exp=...), EC, "exp"),
        (header(), claims(exp="1900000000"), EC, "exp"),
        (header(), claims(exp=True), EC, "exp"),
        (header(), claims(exp=int(NOW) + 3661), EC, "exp"),
        (header(), claims(iat=...), EC, "iat"),
        (header(), claims(iat=int(NOW) + 61), EC, "iat"),
        (header(), claims(nbf=int(NOW) + 61), EC, "nbf"),
        (header(), claims(nbf="now"), EC, "nbf"),
        (header(), claims(jti=...), EC, "jti"),
        (header(), claims(jti=""), EC, "jti"),
        (header(), claims(jti=5), EC, "jti"),
        (header(kid=...), claims(), EC, "kid"),
        (header(kid=""), claims(), EC, "kid"),
        (header(kid="unknown"), claims(), EC, "key"),
        (header(jku="https://evil.example/jwks.json"), claims(), EC, "jku"),
        (header(jku=JKU + "?x"), claims(), EC, "jku"),
        (header(jku=...), claims(), EC, "key"),
        (header(typ=...), claims(), EC, "typ"),
        (header(typ="at+jwt"), claims(), EC, "typ"),
        (header(), claims(), OTHER_EC, "signature"),
        (header("ES256", "p256"), claims(), P256, "alg"),
        (header("RS256", "rsa"), claims(), RSA, "alg"),
        (header("PS384", "rsa"), claims(), RSA, "alg"),
        (header("RS384", "short"), claims(), SHORT, "key"),
        (header("HS256"), claims(), OctKey.import_key("0" * 32), "alg"),
        (header("RS384", "ec"), claims(), RSA, "key"),
    ],
)
def test_a_wrong_token_is_refused(head: Any, body: Any, key: Any, why: str) -> None:
    assert why in refusal(f"Bearer {token(head, body, key)}")


@pytest.mark.parametrize(
    "authorization",
    [
        None,
        "",
        "Bearer",
        "Bearer ",
        "Basic dXNlcjpwYXNz",
        "Bearer x",
        "Bearer a.b",
        "Bearer a.b.c.d",
        "Bearer ..",
        "Bearer !!!.###.$$$",
        "Bearer " + "a" * 9000,
        "Bearer " + raw([], claims()),
        "Bearer " + raw(header(), []),
        "Bearer " + raw(header(), "x"),
    ],
)
def test_what_is_no_token_is_refused(authorization: str | None) -> None:
    assert refusal(authorization)


@pytest.mark.parametrize("algorithm", ["none", "None", "NONE", "nOnE", "", None, 384, ["ES384"]])
@pytest.mark.parametrize("signature", [b"", b"x" * 96])
def test_an_unsigned_token_is_refused(algorithm: Any, signature: bytes) -> None:
    assert "alg" in refusal("Bearer " + raw({**header(), "alg": algorithm}, claims(), signature))


def test_the_public_key_is_no_shared_secret() -> None:
    unsigned = raw(header("HS384"), claims(), b"").rstrip(".")
    forged = hmac.digest(EC.as_pem(private=False), unsigned.encode(), "sha384")
    signature = base64.urlsafe_b64encode(forged).rstrip(b"=").decode()
    assert "alg" in refusal(f"Bearer {unsigned}.{signature}")


@pytest.mark.parametrize("part", [0, 1, 2])
def test_a_token_that_was_changed_is_refused(part: int) -> None:
    parts = token().split(".")
    other = token(header(), claims(sub="someone-else")).split(".")
    parts[part] = (
        other[part]
        if part
        else base64.urlsafe_b64encode(json.dumps({**header(), "x": 1}).encode()).rstrip(b"=").decode()
    )
    assert "signature" in refusal("Bearer " + ".".join(parts))


def test_a_key_in_the_token_is_not_believed() -> None:
    head = header(jwk=OTHER_EC.as_dict(private=False))
    assert "signature" in refusal("Bearer " + token(head, claims(), OTHER_EC))


def test_critical_headers_are_not_passed_over() -> None:
    assert "critical" in refusal("Bearer " + raw({**header(), "crit": ["exp"]}, claims()))


def test_a_token_is_used_once_even_after_another() -> None:
    bearer = checker()
    first = token()
    check(bearer, f"Bearer {first}")
    check(bearer, f"Bearer {token()}")
    assert "jti" in refusal(f"Bearer {first}", bearer)
    resigned = token(header("RS384", "rsa"), claims(jti="once"), RSA)
    check(bearer, f"Bearer {token(header(), claims(jti='once'))}")
    assert "jti" in refusal(f"Bearer {resigned}", bearer)


def kept(address: str, token: str, now: float = NOW) -> str:
    """Check a token as a server that was just started does."""
    used = KeptReplays(address)

    async def fetch(asked: str) -> bytes:
        return json.dumps(SETS[asked]).encode()

    try:
        return check(Bearer(SETTINGS, KeySets(fetch), lambda: now, used.first_use), f"Bearer {token}")
    except Unauthorized as error:
        return str(error)
    finally:
        used.close()


def test_a_restart_does_not_forget_a_token_that_was_used(tmp_path: Path) -> None:
    address = f"sqlite:///{tmp_path}/f.sqlite3"
    first, jti = token(), "as-secret-as-a-token"
    assert kept(address, first) == ISS
    assert "jti" in kept(address, first)
    assert kept(address, token(header(), claims(jti=jti, exp=int(NOW) + 100))) == ISS
    assert "jti" in kept(address, token(header(), claims(jti=jti)))
    with sqlite3.connect(f"{tmp_path}/f.sqlite3") as database:
        assert database.execute("SELECT count(*) FROM used_token").fetchone() == (2,)
        assert jti not in "".join(database.iterdump())
    database.close()
    assert kept(address, token(header(), claims(exp=int(NOW) + 450)), NOW + 161) == ISS  # what has expired goes
    with sqlite3.connect(f"{tmp_path}/f.sqlite3") as database:
        assert database.execute("SELECT count(*) FROM used_token").fetchone() == (2,)
    database.close()


def test_without_the_database_a_token_is_still_used_once(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    used = KeptReplays(f"sqlite:///{tmp_path}/no/such/folder/f.sqlite3")

    async def twice() -> list[bool]:
        return [await used.first_use("a", NOW + 60, NOW) for _ in range(2)]

    assert asyncio.run(twice()) == [True, False]
    assert "could not be kept" in caplog.text
    used.close()


def test_a_refused_token_does_not_use_up_its_id() -> None:
    bearer = checker()
    refusal("Bearer " + token(header(), claims(jti="mine"), OTHER_EC), bearer)
    refusal("Bearer " + token(header(), claims(jti="mine", aud="elsewhere")), bearer)
    check(bearer, f"Bearer {token(header(), claims(jti='mine'))}")


def test_ids_are_remembered_as_long_as_their_token_could_be_used() -> None:
    time = [NOW]
    bearer = checker(now=lambda: time[0])
    once = token(header(), claims(exp=int(NOW) + 100))
    check(bearer, f"Bearer {once}")
    time[0] = NOW + 159
    assert "jti" in refusal(f"Bearer {once}", bearer)
    time[0] = NOW + 161
    assert "exp" in refusal(f"Bearer {once}", bearer)


@pytest.mark.parametrize(
    "change",
    [{"use": "enc"}, {"alg": "ES256"}, {"crv": "P-256"}, {"kty": "RSA"}, {"x": "AAAA"}, {"x": 5}, {"kid": "b"}],
)
def test_a_key_that_is_not_for_this_is_not_used(change: dict[str, Any]) -> None:
    assert refusal(f"Bearer {token()}", checker({JKU: public(EC, **change)}))


def test_two_keys_with_one_id_decide_nothing() -> None:
    assert "key" in refusal(f"Bearer {token()}", checker({JKU: public(EC, OTHER_EC)}))


@pytest.mark.parametrize("document", [[], {}, {"keys": {}}, "x"])
def test_a_set_that_is_none_is_told_apart_from_a_wrong_token(document: Any) -> None:
    with pytest.raises(KeysUnavailable):
        check(checker({JKU: document}), f"Bearer {token()}")


def test_a_set_that_cannot_be_fetched_is_told_apart_from_a_wrong_token() -> None:
    with pytest.raises(KeysUnavailable):
        check(checker({}), f"Bearer {token()}")


def test_a_file_of_keys_is_used_whatever_address_a_token_names(tmp_path: Path) -> None:
    file = tmp_path / "jwks.json"
    file.write_text(json.dumps(public(EC)), "utf-8")
    alone, beside = Issuer(iss=ISS, jwks=file), Issuer(iss=ISS, jwks=file, jku=(JKU,))
    for issuer in (alone, beside):
        for jku in (JKU, "https://elsewhere.example/jwks.json", ...):
            bearer = checker({}, Settings(issuers=(issuer,)))
            assert check(bearer, f"Bearer {token(header(jku=jku))}") == ISS
            assert "signature" in refusal(f"Bearer {token(header(jku=jku), claims(), OTHER_EC)}", bearer)
    assert "key" in refusal(
        f"Bearer {token(header(kid='rsa', alg='RS384'), claims(), RSA)}", checker({}, Settings(issuers=(alone,)))
    )
    both = checker(SETS, Settings(issuers=(beside,)))
    assert check(both, f"Bearer {token(header('RS384', 'rsa'), claims(), RSA)}") == ISS


def test_a_key_that_was_replaced_under_its_name_is_fetched_once() -> None:
    asked, time, sets = [], [0.0], {JKU: public(OTHER_EC)}

    async def fetch(address: str) -> bytes:
        asked.append(address)
        return json.dumps(sets[address]).encode()

    bearer = Bearer(SETTINGS, KeySets(fetch, lambda: time[0]), lambda: NOW)
    assert "signature" in refusal(f"Bearer {token()}", bearer)
    sets[JKU], time[0] = public(EC), 31.0
    assert check(bearer, f"Bearer {token()}") == ISS
    assert len(asked) == 2
    time[0] = 62.0
    for _ in range(5):
        assert "signature" in refusal(f"Bearer {token(header(), claims(), OTHER_EC)}", bearer)
    assert len(asked) == 3, "forged tokens make the server fetch no more than that"


def test_the_last_good_set_is_kept_through_an_outage_but_not_for_ever(caplog: pytest.LogCaptureFixture) -> None:
    time, sets = [0.0], dict(SETS)

    async def fetch(address: str) -> bytes:
        if address not in sets:
            raise OSError
        return json.dumps(sets[address]).encode()

    bearer = Bearer(SETTINGS, KeySets(fetch, lambda: time[0]), lambda: NOW)
    assert check(bearer, f"Bearer {token()}") == ISS
    del sets[JKU]
    for seconds in (601.0, 4000.0, 86_000.0):
        time[0] = seconds
        assert check(bearer, f"Bearer {token()}") == ISS
        assert "last good" in caplog.text
        assert "signature" in refusal(f"Bearer {token(header(), claims(), OTHER_EC)}", bearer)
        assert "key" in refusal(f"Bearer {token(header(kid='new'))}", bearer)
    time[0] = 86_401.0
    with pytest.raises(KeysUnavailable):
        check(bearer, f"Bearer {token()}")


def test_a_set_is_fetched_anew_before_it_is_old_and_no_call_waits_for_it() -> None:
    time, asked, failures = [0.0], [], []

    async def run() -> None:
        answering = asyncio.Event()
        answering.set()

        async def fetch(address: str) -> bytes:
            asked.append(address)
            await answering.wait()
            if len(asked) > 2:
                raise OSError
            return json.dumps(SETS[address]).encode()

        key_sets = KeySets(fetch, lambda: time[0], lambda: failures.append(time[0]))

        async def find() -> None:
            assert len(await key_sets.find(JKU, "ec")) == 1

        async def settled() -> None:
            for _ in range(5):
                await asyncio.sleep(0)

        await find()
        time[0] = 301.0
        answering.clear()
        for _ in range(3):
            await find()  # none waits for the address, and it is asked once
            await settled()
        assert len(asked) == 2
        time[0] = 599.0
        await find()
        answering.set()
        await settled()
        time[0] = 600.0  # the second set is young
        await find()
        time[0] = 1300.0
        await find()  # the first to meet a silent address waits for it
        assert (len(asked), failures) == (3, [1300.0])
        answering.clear()
        for seconds in (1331.0, 1340.0, 80_000.0):
            time[0] = seconds
            await find()  # known to be silent: it is asked beside
            await settled()
        assert len(asked) == 4
        time[0] = 301.0 + 86_400.0
        answering.set()
        await settled()
        with pytest.raises(KeysUnavailable):
            await find()

    asyncio.run(run())


def test_es256_is_accepted_of_an_issuer_that_is_allowed_it_alone() -> None:
    signed = (header("ES256", "p256"), claims(), P256)
    allowed = Settings(issuers=(Issuer(iss=ISS, jku=(JKU,), algorithms=("ES256",)),))
    assert check(checker(SETS, allowed), f"Bearer {token(*signed)}") == ISS
    assert "alg" in refusal(f"Bearer {token(*signed)}")
    assert "ES256" in refusal(f"Bearer {token()}", checker(SETS, allowed))
    assert "key" in refusal(f"Bearer {token(header('ES256', 'ec'), claims(), P256)}", checker(SETS, allowed))
    with pytest.raises(ValueError, match="algorithms"):
        Issuer(iss=ISS, jku=(JKU,), algorithms=("HS256",))  # type: ignore[arg-type]


def test_a_new_key_is_looked_for_but_not_at_every_call() -> None:
    asked = []
    sets = dict(SETS)
    time = [0.0]

    async def fetch(address: str) -> bytes:
        asked.append(address)
        return json.dumps(sets[address]).encode()

    key_sets = KeySets(fetch, lambda: time[0])

    async def find(kid: str) -> int:
        return len(await key_sets.find(JKU, kid))

    assert asyncio.run(find("ec")) == 1
    new = ECKey.generate_key("P-384", {"kid": "new"})
    sets[JKU] = public(EC, new)
    assert [asyncio.run(find("new")) for _ in range(5)] == [0] * 5
    assert len(asked) == 1
    time[0] = 31.0
    assert asyncio.run(find("new")) == 1
    assert len(asked) == 2
    sets[JKU] = {}
    time[0] = 500.0
    assert asyncio.run(find("ec")) == 1  # still fresh
    time[0] = 700.0
    assert asyncio.run(find("ec")) == 1  # what is no set does not replace one
    time[0] = 90_000.0
    with pytest.raises(KeysUnavailable):
        asyncio.run(find("ec"))


def test_keys_may_be_a_file_of_the_site(tmp_path: Path) -> None:
    file = tmp_path / "jwks.json"
    file.write_text(json.dumps(public(EC)), "utf-8")
    bearer = checker({}, Settings(issuers=(Issuer(iss=ISS, jwks=file),)))
    assert check(bearer, f"Bearer {token(header(jku=...))}") == ISS
    file.write_text("{}", "utf-8")
    with pytest.raises(SettingsError):
        checker({}, Settings(issuers=(Issuer(iss=ISS, jwks=file),)))


def test_one_issuer_cannot_speak_for_another() -> None:
    theirs = "https://other.example/jwks.json"
    settings = Settings(issuers=(*SETTINGS.issuers, Issuer(iss="https://other.example", jku=(theirs,))))
    sets = {**SETS, theirs: public(OTHER_EC)}
    assert check(
        checker(sets, settings), "Bearer " + token(header(jku=theirs), claims(iss="https://other.example"), OTHER_EC)
    )
    assert "jku" in refusal("Bearer " + token(header(jku=theirs), claims(), OTHER_EC), checker(sets, settings))

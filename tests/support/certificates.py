"""Certificates made on the spot by openssl, one of the test peers."""

import base64
import hashlib
import subprocess
from pathlib import Path
from typing import NamedTuple


class Certificate(NamedTuple):
    """PEM files; self-signed, so that whoever trusts `chain` trusts it."""

    chain: Path
    key: Path


def make_certificate(
    folder: Path, name: str = "cert", subjects: str = "IP:127.0.0.1,IP:::1,DNS:localhost"
) -> Certificate:
    """A fresh key and certificate; files of that name are replaced."""
    folder.mkdir(parents=True, exist_ok=True)
    made = Certificate(folder / f"{name}.pem", folder / f"{name}.key")
    curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    subject = ["-subj", f"/CN={name}", "-addext", f"subjectAltName={subjects}"]
    files = ["-keyout", str(made.key), "-out", str(made.chain)]
    subprocess.run(
        ["openssl", "req", "-x509", "-days", "2", *curve, *subject, *files],
        check=True,
        capture_output=True,
    )
    return made


def key_hash(certificate: Certificate) -> str:
    """SHA-256 of its public key in base64, as browsers name keys that they are to trust."""
    public = ["openssl", "pkey", "-in", str(certificate.key), "-pubout", "-outform", "DER"]
    der = subprocess.run(public, check=True, capture_output=True).stdout
    return base64.b64encode(hashlib.sha256(der).digest()).decode()

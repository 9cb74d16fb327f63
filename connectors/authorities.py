"""The certificate authorities that a CRM's certificate may come from. That one is asked for cannot be switched off."""

import ssl
from pathlib import Path

from core.errors import ConfigError


def usable_ca_file(name: str | None) -> str | None:
    """The path of `ca_file`, whose authorities count in place of the usual ones; None for the usual ones.

    Raises ConfigError where it cannot be read or holds no certificate in PEM form.
    """
    if name is None:
        return None
    path = Path(name).expanduser()
    try:
        known = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        known.load_verify_locations(cafile=path)
    except (OSError, ssl.SSLError) as error:
        raise ConfigError(
            f"ca_file {path} cannot be used ({error.strerror or type(error).__name__}): name a file with the "
            "certificates of the authorities in PEM form."
        ) from error
    return str(path)

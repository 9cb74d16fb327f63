"""What the peers for Salesforce share. Standard library only."""


def fields_of(soql: str) -> list[str]:
    """The fields of a query such as ours: SELECT A, B FROM C."""
    chosen, _, _ = soql.removeprefix("SELECT ").partition(" FROM ")
    return chosen.split(", ")


def the_app(refresh_token: str) -> dict[str, str]:
    """The emulator's app and a grant to it, as both taps name them in their settings."""
    return {
        "client_id": "demo-client",
        "client_secret": "demo-secret",
        "refresh_token": refresh_token,
    }

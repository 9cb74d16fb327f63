"""What records became that were merged in their CRM."""

from collections.abc import Mapping

from store.matching import RecordKey


def survivor_of(key: RecordKey, survivors: Mapping[RecordKey, str]) -> RecordKey:
    """What a record became through all its merges; a record that was never merged is its own survivor."""
    seen = {key}
    while key in survivors:
        key = (key[0], survivors[key])
        if key in seen:
            break
        seen.add(key)
    return key

"""Country names as CRMs hold them (codes, English and local names) brought to one code each."""

from types import MappingProxyType

_NAMES = """
AR argentina | AT austria, österreich, oesterreich | AU australia | BE belgium, belgique, belgië, belgien
BG bulgaria | BR brazil, brasil | CA canada | CH switzerland, schweiz, suisse, svizzera | CL chile
CN china, people's republic of china | CO colombia | CZ czechia, czech republic
DE germany, deutschland, allemagne
DK denmark, danmark | EE estonia | EG egypt | ES spain, españa, espana | FI finland, suomi | FR france
GB united kingdom, uk, great britain, england, scotland, wales, northern ireland
GR greece | HK hong kong | HR croatia | HU hungary | ID indonesia | IE ireland, republic of ireland
IL israel | IN india | IS iceland | IT italy, italia | JP japan | KE kenya
KR south korea, korea, republic of korea | LT lithuania | LU luxembourg | LV latvia | MA morocco
MX mexico, méxico
MY malaysia | NG nigeria | NL netherlands, the netherlands, nederland, holland | NO norway, norge
NZ new zealand
PE peru | PH philippines | PL poland, polska | PT portugal | RO romania | RS serbia | SA saudi arabia
SE sweden, sverige | SG singapore | SI slovenia | SK slovakia | TH thailand | TR turkey, türkiye | TW taiwan
UA ukraine | AE united arab emirates, uae
US united states, united states of america, usa, u.s., u.s.a., america
VN vietnam, viet nam | ZA south africa
"""


def _table() -> dict[str, str]:
    table: dict[str, str] = {}
    for entry in _NAMES.replace("\n", "|").split("|"):
        code, _, names = entry.strip().partition(" ")
        table |= {name.strip(): code for name in names.split(",") if code}
        table[code.casefold()] = code
    table.pop("", None)
    return table


CODES = MappingProxyType(_table())


def country_code(text: str) -> str:
    """The ISO 3166 code where the name is known, else the name itself, case-folded and trimmed."""
    name = " ".join(text.split()).casefold()
    return CODES.get(name, name)

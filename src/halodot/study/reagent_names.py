"""What an unknown name of a reagent may mean: a slip of the fingers, or a compound that a study must describe."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from functools import lru_cache

from halodot.study.reader import slips

#: parts of the names of compounds; what is made of them alone is a name and no slip
_STEMS = """
    meth eth prop but pent hex hept oct non dec undec dodec tridec tetradec pentadec hexadec heptadec octadec eicos
    docos cetyl lauryl laur myrist palmit stear ole eruc linole form acet propion butyr valer capr benz phen tolu
    xyl naphth mesit styr anil pyrid imidazol thiophen furan pyrrol morphol indol glyc alan lys yl ane ene yne ine
    ide ate ite ic oic oyl ous one ol diol al acid amine amino amide ammonium ammonio nitrile nitro nitr oxide oxy
    ox oxo hydr hydroxy hydroxide thi thiol thio mercapto sulf sulfon phosph phosphon phosphin silane sil chlor brom
    iod fluor cycl iso sec tert neo di tri tetra penta hexa bis tris mono per lith sod potass rubid ces caes magnes
    calc stront bar zinc cadm lead tin copper nickel cobalt iron mangan indium gall bism antimon german silver gold
    yttr cer lanthan europ ytterb neodym alumin ium um ese carb carbonate carboxyl cyan ether ester water glyme
    squal urea guanid formamid betaine lecithin choline pivalo oxal malon succin glutar adip sebac phthal citr
    tartar lact malic tosyl mesyl
"""
_LONGEST_FIRST = "|".join(sorted(_STEMS.split(), key=len, reverse=True))
_STEM = re.compile(_LONGEST_FIRST)
_NAME = re.compile(f"(?:{_LONGEST_FIRST})+")
#: stems that remain of a longer one with a slip in it: amonium
_ENDINGS = ("ium", "um", "ic", "ine", "ide", "ate", "ous", "al", "ol", "one", "ox", "acid", "yl")
_ROMAN = {"i": "1", "ii": "2", "iii": "3", "iv": "4", "v": "5", "vi": "6"}
_SUBSCRIPTS = str.maketrans("₀₁₂₃₄₅₆₇₈₉", "0123456789")

_METALS = (
    "lithium|sodium|potassium|rubidium|magnesium|calcium|strontium|barium|zinc|cadmium|mercury|tin|indium|gallium|"
    "aluminium|aluminum|copper|silver|nickel|cobalt|iron|manganese|bismuth|antimony|germanium|yttrium|cerium|lanthanum|"
    "europium|ytterbium|neodymium|erbium|terbium|samarium|titanium|zirconium"
)
_SYMBOLS = "Li|Na|K|Rb|Mg|Ca|Sr|Ba|Zn|Cd|Hg|Sn|In|Ga|Al|Cu|Ag|Ni|Co|Fe|Mn|Bi|Sb|Ge|Y|Ce|La|Eu|Yb|Nd|Er|Tb|Sm|Ti|Zr"
_HALIDE = "(?:fluoride|chloride|bromide|iodide)"
#: pattern in a name -> role of what is called so, the first that is found
_ROLES: tuple[tuple[str, str], ...] = (
    (r"(?i)^(?:formamidin|methylammonium|guanidin|FA[A-Z]|MA[A-Z])", "organic cation source"),
    (rf"(?i)(?:silyl|oyl|acetyl|benzyl|allyl) {_HALIDE}|(?:chloro|bromo|iodo)\w*silane", "halide source"),
    (r"(?i)silane|silicate", "silane"),
    (r"(?i)ammonio|betaine|lecithin|phosphocholine|phosphatidyl", "zwitterion"),
    (r"(?i)phosphine oxide", "phosphine oxide"),
    (r"(?i)phosphine$|phosphane$", "phosphine"),
    (r"(?i)phosph[oi]n", "phosphonic acid"),
    (r"(?i)sul(?:f|ph)[oi]n(?:ic|ate)|sulfate$", "sulfonic acid"),
    (r"(?i)thiol|mercap", "thiol"),
    (r"(?i)(?:tetra|tri(?:m?ethyl|butyl|octyl)|dimethyldi|di\w+dimethyl)\w*ammonium", "quaternary ammonium halide"),
    (rf"(?i)ammonium {_HALIDE}|hydro(?:chloride|bromide|iodide)$|^NH4", "ammonium halide"),
    (r"(?i)^ca?esium|^Cs\d?[A-Z(]", "cesium source"),
    (r"(?i)^lead\b|^Pb[A-Z(]", "lead source"),
    (rf"(?i)^(?:{_METALS})\b", "metal salt"),
    (rf"^(?:{_SYMBOLS})\d?(?:F|Cl|Br|I|\(|Ac|OAc|St)", "metal salt"),
    (
        r"(?i)^H(?:I|F|Br|Cl|ClO4|PF6|NO3)$|^hydro\w+ic acid|(?:nitric|\w*boric|sul(?:f|ph)uric|perchloric) acid",
        "strong acid",
    ),
    (r"(?i)amino\w*ic acid|^(?:DL?|L)-|glycine|alanine|lysine|arginine|cysteine|proline|serine", "amino acid"),
    (r"(?i)dioic acid|dicarboxylic|dibenzoic|oxalic|malonic|succin|glutar|adipic|pimelic|suberic", "bidentate acid"),
    (r"(?i)azelaic|sebacic|phthalic|maleic|fumaric|citric|tartaric", "bidentate acid"),
    (r"(?i)acid", "carboxylic acid"),
    (r"(?i)amine\b|diamino|aniline|pyridine|imidazole", "amine"),
)
#: role -> what a study states of such a reagent, with the numbers of one of them
EXAMPLES: Mapping[str, str] = {
    "cesium source": "formula: CsC2F3O2, role: cesium source, molar_mass: 245.92 g/mol, cation_count: 1",
    "lead source": "formula: PbN2O6, role: lead source, molar_mass: 331.21 g/mol, cation_count: 1",
    "metal salt": "formula: BaI2, role: metal salt, metal: Ba, molar_mass: 391.14 g/mol, cation_count: 1, halide: I,"
    " halide_count: 2",
    "organic cation source": "formula: CH6IN3, role: organic cation source, molar_mass: 186.98 g/mol, halide: I,"
    " halide_count: 1",
    "halide source": "formula: C2H3ClO, role: halide source, molar_mass: 78.50 g/mol, density: 1.104 g/mL, halide: Cl,"
    " halide_count: 1",
    "carboxylic acid": "formula: C7H14O2, role: carboxylic acid, molar_mass: 130.19 g/mol, density: 0.918 g/mL,"
    " ligand_length: 0.98 nm, carbons: 7",
    "bidentate acid": "formula: C5H8O4, role: bidentate acid, molar_mass: 132.12 g/mol, binding_groups: 2,"
    " ligand_length: 0.78 nm, carbons: 5",
    "sulfonic acid": "formula: C12H26O3S, role: sulfonic acid, molar_mass: 250.40 g/mol, ligand_length: 1.7 nm,"
    " carbons: 12",
    "phosphonic acid": "formula: C10H23O3P, role: phosphonic acid, molar_mass: 222.27 g/mol, ligand_length: 1.5 nm,"
    " carbons: 10",
    "thiol": "formula: C6H14S, role: thiol, molar_mass: 118.24 g/mol, density: 0.842 g/mL, ligand_length: 0.86 nm,"
    " carbons: 6",
    "amine": "formula: C7H17N, role: amine, molar_mass: 115.22 g/mol, density: 0.774 g/mL, ligand_length: 0.98 nm,"
    " carbons: 7",
    "ammonium halide": "formula: C3H10BrN, role: ammonium halide, molar_mass: 140.02 g/mol, halide: Br,"
    " halide_count: 1, ligand_length: 0.47 nm, carbons: 3",
    "quaternary ammonium halide": "formula: C20H44BrN, role: quaternary ammonium halide, molar_mass: 378.48 g/mol,"
    " halide: Br, halide_count: 1, ligand_length: 0.78 nm, carbons: 5",
    "amino acid": "formula: C7H15NO2, role: amino acid, molar_mass: 145.20 g/mol, ligand_length: 1.0 nm, carbons: 7",
    "zwitterion": "formula: C19H41NO3S, role: zwitterion, molar_mass: 363.60 g/mol, ligand_length: 2.3 nm, carbons: 14",
    "phosphine": "formula: C18H39P, role: phosphine, molar_mass: 286.48 g/mol, density: 0.83 g/mL, carbons: 6",
    "phosphine oxide": "formula: C12H27OP, role: phosphine oxide, molar_mass: 218.32 g/mol, ligand_length: 0.65 nm,"
    " carbons: 4",
    "silane": "formula: C21H46O3Si, role: silane, molar_mass: 374.68 g/mol, density: 0.883 g/mL, carbons: 18",
    "strong acid": "formula: HClO4, role: strong acid, molar_mass: 100.46 g/mol, purity: 0.70, water_fraction: 0.30,"
    " density: 1.67 g/mL",
    "solvent": "formula: C7H14O2, role: solvent, molar_mass: 130.19 g/mol, density: 0.876 g/mL, boiling_point: 422 K,"
    " relative_permittivity: 4.79, reichardt_polarity: 0.23",
}


def likely_role(name: str) -> str:
    """Return the role that a reagent of this name probably has, empty where the name does not tell."""
    return next((role for pattern, role in _ROLES if re.search(pattern, name)), "")


def described(name: str) -> str:
    """Return how a study describes a reagent of this name, with the numbers of another one of its role."""
    key = f'"{name}"' if re.search(r"[^\w .()+'-]|^\W|^'|^[\d.]+$", name) else name
    return f"{{{key}: {{{EXAMPLES[likely_role(name) or 'solvent']}}}}}"


def closest_reagent(word: str, valid: Iterable[str]) -> str:
    """Return the reagent that a mistyped name is, empty if it may be the name of another compound.

    Formulas and abbreviations must be the same but for spaces and hyphens. A name may have a slip of the fingers, two
    where it is long; not one that changes a number or the name of a part, or that gives a name of its own:
    triethylamine is no slip for trimethylamine.

    Args:
        word: as written.
        valid: names and other names of the reagents.
    """
    typed = _folded(word)
    known = [(_folded(name), name) for name in valid]
    same = [name for folded, name in known if folded == typed]
    letters = re.sub("[^a-z]", "", typed)
    complete = _NAME.fullmatch(letters) and not set(_STEM.findall(letters)) <= set(_ENDINGS)
    if same or not re.search("[a-z]{4}", word) or complete:
        return same[0] if same else ""
    allowed = 1 if len(typed) < 12 else 2
    near = [(slips(typed, folded), name) for folded, name in known if _may_be(typed, folded, allowed)]
    count, name = min(near, default=(allowed + 1, ""))
    return name if count <= allowed else ""


def _may_be(typed: str, folded: str, allowed: int) -> bool:
    """Whether a typed name holds no number and no part that another name does not."""
    if typed[:1] != folded[:1] or abs(len(typed) - len(folded)) > allowed:
        return False
    if re.findall(r"\d+", typed) != re.findall(r"\d+", folded):
        return False
    parts, other = Counter(_STEM.findall(typed)), Counter(_STEM.findall(folded))
    return all(part in _ENDINGS and any(part in whole for whole in other - parts) for part in parts - other)


@lru_cache(maxsize=4096)
def _folded(word: str) -> str:
    """Return a name without case, spaces, hyphens and brackets, its subscripts and Roman numbers as digits."""
    text = re.sub(r"\((i{1,3}|iv|vi?)\)", lambda found: _ROMAN[found[1]], word.translate(_SUBSCRIPTS).casefold())
    return re.sub(r"[\s_,.·'\"()\[\]{}-]", "", text)

"""What the code and the words of one diagnosis say together: a tumour, metastases, both, or something else."""

from __future__ import annotations

from dataclasses import dataclass, field

from oncocds.vocabulary.code_tables import CodeTables
from oncocds_fhir.boxes import filled_in
from oncocds_fhir.concepts import Disagreement, Meant, compatible
from oncocds_fhir.doubts import doubts
from oncocds_fhir.elements import Concept
from oncocds_fhir.metastases_doubted import metastases_doubted
from oncocds_fhir.phrase_grammar import Place, Said
from oncocds_fhir.phrases import phrases

MARROW = "bone_marrow"
"""No organ of a profile: whether bone is destroyed is not said."""


@dataclass(frozen=True)
class Coded:
    """What the codes of a diagnosis mean by each table, and its names where they are whole entries of it."""

    tumour: Meant | None
    metastasis: Meant | None
    finding: Meant | None


@dataclass
class Told:
    """What a diagnosis tells: tumours, metastases and findings beside them, each with whether it is in doubt.

    ``untyped``: a cancer that is of no certain type. ``denied``: its words deny what they name. ``past``: they say that
    metastases were there once. ``refuted_`` is what the words deny of the patient now (排除骨转移).
    """

    tumours: list[tuple[Meant, bool]] = field(default_factory=list)
    metastases: list[tuple[Meant, bool]] = field(default_factory=list)
    findings: list[tuple[Meant, bool]] = field(default_factory=list)
    untyped: bool = False
    denied: bool = False
    past: bool = False
    refuted_tumours: tuple[str, ...] = ()
    refuted_metastases: tuple[Meant, ...] = ()
    refuted_findings: tuple[str, ...] = ()

    def named(self) -> Said:
        """Return what is told, certain or not, as words would say it."""
        organs = [one.one("organ") for one, _ in self.metastases]
        return Said(
            tumours=[(one.one("tumour_type"), None) for one, _ in self.tumours],
            metastases=[Place(None if organ == "unspecified" else organ) for organ in organs],
            findings=[fact for one, _ in self.findings if (fact := one.one("fact")) is not None],
        )


def diagnosis(code: Concept, coded: Coded, codes: CodeTables) -> Told:
    """Return what a diagnosis tells. Raises ``Disagreement`` where its code and its words cannot both be right.

    A text may say more than its code (腰椎骨转移 under a metastasis of bone; a primary and its metastases in one line).
    One that says something else of the same thing, or denies what the code says, contradicts it.
    """
    if (coded.tumour, coded.metastasis, coded.finding).count(None) < 2:
        raise Disagreement
    words = _in_full(code, coded, codes)
    said = _said(words, codes)
    told = Told(
        denied=bool(said.denied or said.denied_tumours or said.denied_findings),
        past=bool(said.past),
        refuted_tumours=tuple(said.refuted_tumours),
        refuted_metastases=tuple(map(_metastasis, said.refuted)),
        refuted_findings=tuple(said.refuted_findings),
    )
    if coded.finding is not None:
        return _of_finding(coded.finding, said, code, codes)
    told.findings = [(Meant({"fact": (fact,)}), False) for fact in dict.fromkeys(said.findings)]
    told.findings += [(Meant({"fact": (fact,)}), True) for fact in dict.fromkeys(said.doubted_findings)]
    _tumours(coded.tumour, said, told)
    _metastases(coded.metastasis, said, told)
    only_other = (coded.tumour is not None and not (said.tumours or said.doubted_tumours) and said.metastases) or (
        coded.metastasis is not None and not (said.metastases or said.doubted) and said.tumours
    )
    if only_other:
        raise Disagreement
    read, about = phrases(codes), doubts(codes)
    unread = [word for word in words if read.diagnosis(word) is None or about.is_past(word)]
    if (coded.tumour or coded.metastasis) and any(map(about.benign, unread)):
        raise Disagreement
    named = told.named()
    if any(about.doubted(word, named) or about.denied(word, named) for word in unread):
        told.metastases = [(meant, True) for meant, _ in told.metastases]
        rest = [about.of_the_tumour(word, named) for word in unread]
        if any(about.doubted(word, named) or about.denied(word, named) for word in rest):
            told.tumours = [(meant, True) for meant, _ in told.tumours]
            told.findings = [(meant, True) for meant, _ in told.findings]
    elif any(map(metastases_doubted(codes).doubted, unread)) or (coded.metastasis and about.names_no_metastasis(code)):
        told.metastases = [(meant, True) for meant, _ in told.metastases]
    return told


def _of_finding(finding: Meant, said: Said, code: Concept, codes: CodeTables) -> Told:
    """Return what a diagnosis tells whose code is a finding: its words may doubt it, and deny it in contradiction."""
    fact = finding.one("fact")
    if fact is not None and fact in said.denied_findings:
        raise Disagreement
    read, about = phrases(codes), doubts(codes)
    unread = any(about.doubted(word) and read.diagnosis(word) is None for word in code.words())
    doubted = unread or (fact in said.doubted_findings and fact not in said.findings)
    told = Told(findings=[(finding, doubted)])
    if fact is not None and fact in said.findings:  # 腰椎转移伴病理性骨折, under the code of the fracture
        _tumours(None, said, told)
        _metastases(None, said, told)
    return told


def _in_full(code: Concept, coded: Coded, codes: CodeTables) -> list[str]:
    """Return the words of a diagnosis, forms filled in and abbreviations of the coded cancer spelled out."""
    kind = None if coded.tumour is None else coded.tumour.one("tumour_type")
    return [phrases(codes).spelled_out(filled_in(word), kind) for word in code.words()]


def _said(words: list[str], codes: CodeTables) -> Said:
    """Return what all words of a diagnosis say; one that says less than another adds nothing.

    Raises ``Disagreement`` where they name different tumours.
    """
    every = Said()
    for word in words:
        one = phrases(codes).diagnosis(word) or doubts(codes).beside_others(word)
        if one is None:
            continue
        kinds = [(known, kind) for known, _ in every.tumours for kind, _ in one.tumours]
        if any(known and kind and compatible((known,), (kind,)) is None for known, kind in kinds):
            raise Disagreement
        for key, found in vars(one).items():
            known = getattr(every, key)
            known.extend(item for item in found if item not in known)
    every.tumours = [one for one in every.tumours if not any(_says_less(one, two) for two in every.tumours)]
    for places in (every.metastases, every.doubted):
        places[:] = [one for one in places if not any(_vaguer(one, two) for two in places)]
    return every


def _says_less(one: tuple[str | None, str | None], two: tuple[str | None, str | None]) -> bool:
    """Return whether another word says of the same tumour what one says, and more."""
    kind = two[0] if one[0] is None else compatible((one[0],), (two[0] or one[0],))
    same_kind = one[0] is None or kind == (two[0],)
    return one != two and same_kind and one[1] in (None, two[1])


def _vaguer(one: Place, two: Place) -> bool:
    """Return whether another word names one's place, and more of it."""
    parts = ((one.organ, two.organ), (one.site, two.site), (one.side, two.side))
    return one != two and all(mine in (None, other) for mine, other in parts)


def _tumours(coded: Meant | None, said: Said, told: Told) -> None:
    named = [(kind, side, False) for kind, side in said.tumours]
    named += [(kind, None, True) for kind in said.doubted_tumours]
    if coded is None:
        for kind, side, doubted in named:
            told.untyped = told.untyped or kind is None
            if kind is not None:
                told.tumours.append((_tumour(kind, side), doubted))
        return
    kinds = coded.means.get("tumour_type", ("other",))
    # One that is of no certain type is of the liver: 乳腺癌，丈夫肝癌.
    of_other = said.tumours and all(compatible((kind or "hcc",), kinds) is None for kind in said.denied_tumours)
    if said.denied_tumours and not of_other:  # unlike 乳腺癌，丈夫肺癌
        raise Disagreement
    means, doubt = dict(coded.means), False
    for kind, side, doubted in named:
        if kind is not None:
            more = compatible((kind,), means.get("tumour_type", ("other",)))
            if more is None and doubted and said.tumours:
                continue  # 肝细胞癌，胆管癌待排: another is looked for beside it
            if more is None:
                raise Disagreement
            means["tumour_type"] = more
        if side is not None:
            if means.get("laterality", (side,)) != (side,):
                raise Disagreement
            means["laterality"] = (side,)
        doubt = doubt or doubted
    told.tumours.append((Meant(means, coded.codings), doubt))


def _metastases(coded: Meant | None, said: Said, told: Told) -> None:
    named = [(place, False) for place in said.metastases] + [(place, True) for place in said.doubted]
    if coded is None:
        told.metastases += [(_metastasis(place), doubted) for place, doubted in named]
        return
    organ, site = coded.one("organ"), coded.one("site")
    if any(_same(place, organ) for place in (*said.denied, *said.past)):
        raise Disagreement
    of_organ = [(place, doubted) for place, doubted in named if _same(place, organ)]
    if named and not of_organ and organ == "bone" and all(place.organ == MARROW for place, _ in named):
        # WHO's code of bone is that of marrow, too.
        organ, of_organ, coded = MARROW, named, Meant({"organ": (MARROW,)}, coded.codings)
    if named and not of_organ:
        raise Disagreement
    if any(place.site not in (None, site) for place, _ in of_organ) and site is not None:
        raise Disagreement
    told.metastases += [(_metastasis(place, coded), doubted) for place, doubted in of_organ] or [(coded, False)]
    told.metastases += [(_metastasis(place), doubted) for place, doubted in named if not _same(place, organ)]


def _same(place: Place, organ: str | None) -> bool:
    return place.organ is None or organ in (None, "unspecified", place.organ)


def _tumour(kind: str, side: str | None) -> Meant:
    return Meant({"tumour_type": (kind,), **({"laterality": (side,)} if side is not None else {})})


def _metastasis(place: Place, coded: Meant | None = None) -> Meant:
    means = {} if coded is None else dict(coded.means)
    if place.organ is not None or "organ" not in means:
        means["organ"] = (place.organ or "unspecified",)
    if place.site is not None:
        means["site"] = (place.site,)
    if place.side is not None:
        means["laterality"] = (place.side,)
    return Meant(means, () if coded is None else coded.codings)

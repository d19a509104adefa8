"""The frameworks that users report against, and where each says what a control helps to show.

A mapping says that a passing control is evidence for the requirement, never that it is the whole of it. Where AWS
maps its own control on the same property to a requirement, the source is AWS's page; else it is the framework's text.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Reference:
    """A requirement of a framework."""

    framework: str
    id: str
    title: str
    url: str
    """Where the requirement, or AWS's mapping to it, can be read."""

    def __str__(self) -> str:
        return f"{self.framework} {self.id}"


_NIST = "NIST SP 800-53 r5"
_NIST_TEXT = "https://csrc.nist.gov/pubs/sp/800/53/r5/upd1/final"
_PCI = "PCI DSS v4.0.1"
_PCI_TEXT = "https://www.pcisecuritystandards.org/document_library/?category=pcidss"
_HIPAA = "HIPAA 45 CFR"
_HIPAA_TEXT = "https://www.ecfr.gov/current/title-45/section-164.312"
_SECURITY_HUB = "https://docs.aws.amazon.com/securityhub/latest/userguide/kms-controls.html"

AC_3 = Reference(_NIST, "AC-3", "Access enforcement", _SECURITY_HUB + "#kms-1")
AC_5 = Reference(_NIST, "AC-5", "Separation of duties", _SECURITY_HUB + "#kms-1")
AC_6 = Reference(_NIST, "AC-6", "Least privilege", _SECURITY_HUB + "#kms-1")
SC_12 = Reference(_NIST, "SC-12", "Cryptographic key establishment and management", _SECURITY_HUB + "#kms-4")
SC_12_2 = Reference(_NIST, "SC-12(2)", "Symmetric keys", _SECURITY_HUB + "#kms-4")
SC_28 = Reference(_NIST, "SC-28", "Protection of information at rest", _NIST_TEXT)
SC_28_1 = Reference(_NIST, "SC-28(1)", "Cryptographic protection", _NIST_TEXT)
SC_28_3 = Reference(_NIST, "SC-28(3)", "Cryptographic keys", _SECURITY_HUB + "#kms-4")
PCI_3_5_1 = Reference(_PCI, "3.5.1", "PAN is rendered unreadable anywhere it is stored", _PCI_TEXT)
PCI_3_6_1 = Reference(
    _PCI,
    "3.6.1",
    "Keys that protect stored account data are protected against disclosure and misuse",
    _PCI_TEXT,
)
PCI_3_7_4 = Reference(
    _PCI, "3.7.4", "Keys are changed at the end of their cryptoperiod", _SECURITY_HUB + "#kms-4"
)
HIPAA_ACCESS = Reference(_HIPAA, "164.312(a)(1)", "Access control", _HIPAA_TEXT)
HIPAA_ENCRYPTION = Reference(_HIPAA, "164.312(a)(2)(iv)", "Encryption and decryption", _HIPAA_TEXT)
GDPR_32 = Reference(
    "GDPR", "Art. 32(1)(a)", "Encryption of personal data", "https://eur-lex.europa.eu/eli/reg/2016/679/oj"
)
CIS_3_6 = Reference(
    "CIS AWS Foundations v5.0.0",
    "3.6",
    "Rotation for customer created symmetric KMS keys is enabled",
    _SECURITY_HUB + "#kms-4",
)
SOC_2_CC6_1 = Reference(
    "SOC 2",
    "CC6.1",
    "Logical access security; its points of focus name encryption and the protection of keys",
    "https://www.aicpa-cima.com/resources/download/2017-trust-services-criteria-with-revised-points-of-focus-2022",
)

AT_REST = (SC_28, SC_28_1, PCI_3_5_1, HIPAA_ENCRYPTION, GDPR_32, SOC_2_CC6_1)
KEY_MANAGEMENT = (SC_12, SC_28_3, PCI_3_6_1)
ROTATION = (SC_12, SC_12_2, SC_28_3, PCI_3_7_4, CIS_3_6)
ACCESS = (AC_3, AC_6, PCI_3_6_1, HIPAA_ACCESS, SOC_2_CC6_1)
DUTIES = (AC_5, AC_6, PCI_3_6_1, SOC_2_CC6_1)
DELETION = (SC_12, SC_12_2)

REFERENCES: tuple[Reference, ...] = tuple(
    dict.fromkeys((*AT_REST, *KEY_MANAGEMENT, *ROTATION, *ACCESS, *DUTIES, *DELETION))
)

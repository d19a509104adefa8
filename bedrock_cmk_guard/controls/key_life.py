"""Whether a key is kept alive as demanded: rotation, deletion, and being enabled."""

from __future__ import annotations

from collections.abc import Iterator

from bedrock_cmk_guard.controls.context import Context
from bedrock_cmk_guard.controls.control import Judgement, Severity, control, fails, unknown_fact
from bedrock_cmk_guard.controls.frameworks import DELETION, KEY_MANAGEMENT, ROTATION
from bedrock_cmk_guard.subjects import PENDING_DELETION, Key, Unknown

_ROTATION = "https://docs.aws.amazon.com/kms/latest/developerguide/rotate-keys.html"
_DELETION = "https://docs.aws.amazon.com/kms/latest/developerguide/deleting-keys.html"
_STATES = "https://docs.aws.amazon.com/kms/latest/developerguide/key-state.html"
#: KMS's own values where nothing is said.
_DEFAULT_PERIOD = 365
_DEFAULT_WINDOW = 30


@control(
    "BCG_KEY_001",
    severity=Severity.MEDIUM,
    remediation="Turn automatic rotation on.",
    references=(
        _ROTATION,
        "https://docs.aws.amazon.com/config/latest/developerguide/cmk-backing-key-rotation-enabled.html",
    ),
    frameworks=ROTATION,
    terraform="enable_key_rotation = true",
    cloudformation="EnableKeyRotation: true",
)
def rotation_is_on(key: Key, context: Context) -> Iterator[Judgement]:
    """The key rotates automatically.

    Rotation limits how much data one piece of key material protects. KMS keeps the old material, so nothing has to be
    encrypted anew. Only symmetric keys whose material KMS made can rotate by themselves; others are left to the
    controls on spec and origin.
    """
    if context.demands.keys.rotation_period_days is None or not _can_rotate(key):
        return
    if isinstance(key.rotation.value, Unknown):
        yield from unknown_fact(key.rotation, "whether the key rotates")
    elif not key.rotation.value:
        yield fails("the key does not rotate", key.rotation.place, key.rotation.trail)


@control(
    "BCG_KEY_002",
    severity=Severity.LOW,
    remediation="Rotate at least as often as the key standard demands.",
    references=("https://docs.aws.amazon.com/kms/latest/developerguide/rotating-keys-enable.html",),
    frameworks=ROTATION,
    terraform="rotation_period_in_days = 365",
    cloudformation="RotationPeriodInDays: 365",
)
def rotation_is_often_enough(key: Key, context: Context) -> Iterator[Judgement]:
    """The key rotates as often as demanded.

    KMS rotates yearly unless the key says otherwise, from every 90 to every 2,560 days.
    """
    demanded = context.demands.keys.rotation_period_days
    rotates = isinstance(key.rotation.value, Unknown) or key.rotation.value
    if demanded is None or not rotates or not _can_rotate(key):
        return
    period = key.rotation_period_days
    if isinstance(period.value, Unknown):
        yield from unknown_fact(period, "how often the key rotates")
        return
    days = _DEFAULT_PERIOD if period.value is None else period.value
    if days > demanded:
        text = f"the key rotates every {days} days, and every {demanded} are demanded"
        fix = f"Set the rotation period to {demanded} days or less."
        yield fails(text, period.place, period.trail, fix=fix)


@control(
    "BCG_KEY_003",
    severity=Severity.MEDIUM,
    remediation="Lengthen the waiting period before deletion.",
    references=(
        _DELETION,
        "https://docs.aws.amazon.com/kms/latest/APIReference/API_ScheduleKeyDeletion.html",
    ),
    frameworks=DELETION,
    terraform="deletion_window_in_days = 30",
    cloudformation="PendingWindowInDays: 30",
)
def deletion_waits(key: Key, context: Context) -> Iterator[Judgement]:
    """The waiting period before deletion is as long as demanded.

    What a deleted key protected is lost for good, to AWS as well. The waiting period, of 7 to 30 days, is all the time
    there is to notice.
    """
    demanded, window = context.demands.keys.deletion_window_days, key.deletion_window_days
    if isinstance(window.value, Unknown):
        yield from unknown_fact(window, "the waiting period before deletion")
        return
    days = _DEFAULT_WINDOW if window.value is None else window.value
    if days < demanded:
        text = f"the key is gone {days} days after its deletion is asked for, and {demanded} are demanded"
        yield fails(
            text, window.place, window.trail, fix=f"Set the waiting period to {demanded} days or more."
        )


@control(
    "BCG_KEY_005",
    severity=Severity.HIGH,
    remediation="Enable the key, or take what it protects to another key before it goes.",
    references=(_STATES, "https://docs.aws.amazon.com/kms/latest/developerguide/enabling-keys.html"),
    frameworks=KEY_MANAGEMENT,
    terraform="is_enabled = true",
    cloudformation="Enabled: true",
)
def key_is_enabled(key: Key, context: Context) -> Iterator[Judgement]:
    """The key is enabled.

    A disabled key encrypts and decrypts nothing: agents and memories under it
    stop working. One that waits for its deletion in a live account is BCG_LIVE_004.
    """
    if key.state == PENDING_DELETION:
        return
    if isinstance(key.enabled.value, Unknown):
        yield from unknown_fact(key.enabled, "whether the key is enabled")
    elif not key.enabled.value:
        yield fails("the key is disabled", key.enabled.place, key.enabled.trail)
    elif key.state not in (None, "Enabled"):
        yield fails(f"the key is in state {key.state}")


CONTROLS = (rotation_is_on, rotation_is_often_enough, deletion_waits, key_is_enabled)


def _can_rotate(key: Key) -> bool:
    """Whether KMS can rotate it by itself, as far as is known."""
    return key.spec.known() in (None, "SYMMETRIC_DEFAULT") and key.origin.known() in (None, "AWS_KMS")

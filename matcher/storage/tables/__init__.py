"""Every table, in one place to import from."""

from matcher.storage.tables.accounts import (
    AccountLinkRow,
    AccountRow,
    RecoveryCodeRow,
    SignInRow,
    TriesRow,
)
from matcher.storage.tables.audit import AuditEntryRow, AuditSealedRow, AuditSealRow
from matcher.storage.tables.base import Base, UtcDateTime, new_id
from matcher.storage.tables.break_glass import BreakGlassRow
from matcher.storage.tables.erasures import ErasureRow
from matcher.storage.tables.imports import ImportLineRow, ImportRow
from matcher.storage.tables.intake import IntakeDraftRow
from matcher.storage.tables.invitations import (
    HistoryRow,
    InvitationHistoryRow,
    InvitationRow,
    MatchRequestRow,
    MatchRow,
    VisitRow,
)
from matcher.storage.tables.opportunities import Occurrence, OpportunityRow
from matcher.storage.tables.organisation_side import CalendarFeedRow, HostWordRow
from matcher.storage.tables.organisations import OrganisationRow, PlaceRow, VettingApprovalRow
from matcher.storage.tables.outbox import EventRow, IdempotencyRow, LetterRow
from matcher.storage.tables.own_hand import OwnWordRow, PaceCodeRow, PaceLinkRow, PaceVisitRow
from matcher.storage.tables.people import (
    ConsentRow,
    ExclusionRow,
    IntroductionRow,
    LiftedExclusionRow,
    PauseLinkRow,
    PersonRow,
    SweepRow,
    TalkRow,
)
from matcher.storage.tables.staff import AdminRow, ApiKeyRow, CaseworkerRow, TeamRow

__all__ = [
    "AccountLinkRow",
    "AccountRow",
    "AdminRow",
    "ApiKeyRow",
    "AuditEntryRow",
    "AuditSealRow",
    "AuditSealedRow",
    "Base",
    "BreakGlassRow",
    "CalendarFeedRow",
    "CaseworkerRow",
    "ConsentRow",
    "ErasureRow",
    "EventRow",
    "ExclusionRow",
    "HistoryRow",
    "HostWordRow",
    "IdempotencyRow",
    "ImportLineRow",
    "ImportRow",
    "IntakeDraftRow",
    "IntroductionRow",
    "InvitationHistoryRow",
    "InvitationRow",
    "LetterRow",
    "LiftedExclusionRow",
    "MatchRequestRow",
    "MatchRow",
    "Occurrence",
    "OpportunityRow",
    "OrganisationRow",
    "OwnWordRow",
    "PaceCodeRow",
    "PaceLinkRow",
    "PaceVisitRow",
    "PauseLinkRow",
    "PersonRow",
    "PlaceRow",
    "RecoveryCodeRow",
    "SignInRow",
    "SweepRow",
    "TalkRow",
    "TeamRow",
    "TriesRow",
    "UtcDateTime",
    "VettingApprovalRow",
    "VisitRow",
    "new_id",
]

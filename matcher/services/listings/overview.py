"""An organisation's listings in four groups, the newest first: what is published is never lost behind a long file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Final

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from matcher.domain.opportunity import OpportunityState
from matcher.storage.tables import OpportunityRow


class Group(StrEnum):
    """Drafts written by hand, drafts that came in files, what is published, and what is taken back or over."""

    drafts = "drafts"
    files = "files"
    published = "published"
    over = "over"


_IS_DRAFT: Final = OpportunityRow.state == OpportunityState.draft
_WHERE: Final[Mapping[Group, tuple[ColumnElement[bool], ...]]] = {
    Group.drafts: (_IS_DRAFT, OpportunityRow.import_key.is_(None)),
    Group.files: (_IS_DRAFT, OpportunityRow.import_key.is_not(None)),
    Group.published: (OpportunityRow.state == OpportunityState.published,),
    Group.over: (OpportunityRow.state.in_((OpportunityState.withdrawn, OpportunityState.finished)),),
}


def of_group(
    session: Session, organisation_id: str, group: Group, before: str | None, limit: int
) -> Sequence[OpportunityRow]:
    """The newest postings of a group, those before the id `before`."""
    query = select(OpportunityRow).where(OpportunityRow.organisation_id == organisation_id, *_WHERE[group])
    if before is not None:
        query = query.where(OpportunityRow.id < before)
    return session.scalars(query.order_by(OpportunityRow.id.desc()).limit(limit)).all()


def counted(session: Session, organisation_id: str) -> dict[Group, int]:
    """How many postings there are in each group."""
    theirs = select(func.count()).where(OpportunityRow.organisation_id == organisation_id)
    return {group: session.scalars(theirs.where(*where)).one() for group, where in _WHERE.items()}

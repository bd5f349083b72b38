"""The actions that the audit log knows, in words. A name that is not here is shown as it is written."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

ACTIONS = {
    "article.created": gettext_lazy("Article created"),
    "article.reverted": gettext_lazy("Article set back to an earlier version"),
    "article.scheduled": gettext_lazy("Publication scheduled"),
    "article.schedule_cancelled": gettext_lazy("Scheduled publication cancelled"),
    "article.schedule_refused": gettext_lazy("Scheduled publication refused"),
    "article.expired": gettext_lazy("Article expired"),
    "article.moved": gettext_lazy("Article moved"),
    "article.copied": gettext_lazy("Article copied"),
    "article.locked": gettext_lazy("Article locked"),
    "article.unlocked": gettext_lazy("Article unlocked"),
    "translation.begun": gettext_lazy("Translation begun"),
    "record.create": gettext_lazy("Record created"),
    "record.edit": gettext_lazy("Record edited"),
    "record.delete": gettext_lazy("Record deleted"),
    "article.saved": gettext_lazy("Article edited"),
    "article.submitted": gettext_lazy("Article submitted for approval"),
    "article.published": gettext_lazy("Article published"),
    "article.unpublished": gettext_lazy("Article unpublished"),
    "article.withdrawn": gettext_lazy("Article withdrawn"),
    "article.deleted": gettext_lazy("Article deleted"),
    "article.imported": gettext_lazy("Article imported from a file"),
    "block.approved": gettext_lazy("Block approved"),
    "block.change_requested": gettext_lazy("Change of a block asked for"),
    "task.approved": gettext_lazy("Step approved"),
    "task.rejected": gettext_lazy("Step sent back"),
    "workflow.cancelled": gettext_lazy("Approval cancelled"),
    "translation.submitted": gettext_lazy("Translation submitted"),
    "translation.approved": gettext_lazy("Translation approved"),
    "translation.imported": gettext_lazy("Translation imported"),
    "fact.proposed": gettext_lazy("Change of a fact proposed"),
    "fact.approved": gettext_lazy("Change of a fact approved"),
    "fact.rejected": gettext_lazy("Change of a fact rejected"),
    "fact.withdrawn": gettext_lazy("Proposal withdrawn"),
    "fact.in_effect": gettext_lazy("Fact in effect"),
    "fact.imported": gettext_lazy("Facts imported"),
    "questions.changed": gettext_lazy("Question bank changed"),
    "office.changed": gettext_lazy("Office changed"),
    "office.story_told": gettext_lazy("Local story handed in"),
    "office.story_approved": gettext_lazy("Local story approved"),
    "office.story_rejected": gettext_lazy("Local story sent back"),
    "office.member_added": gettext_lazy("Member of an office added"),
    "office.member_removed": gettext_lazy("Member of an office removed"),
    "sound.approved": gettext_lazy("Sound approved after listening"),
    "takes.signed_off": gettext_lazy("Recording signed off"),
    "release.made": gettext_lazy("Release published"),
    "token.made": gettext_lazy("Token made"),
    "token.revoked": gettext_lazy("Token revoked"),
    "token.locked": gettext_lazy("Address locked after wrong tokens"),
    "print.ordered": gettext_lazy("Print run ordered"),
    "print.made": gettext_lazy("Files for the print shop made"),
    "print.asked_again": gettext_lazy("Files for the print shop asked for again"),
    "print.recalled": gettext_lazy("Ordered sheet called back"),
    "print.cancelled": gettext_lazy("Order of a print run cancelled"),
    "webhook.made": gettext_lazy("Webhook made"),
    "webhook.rotated": gettext_lazy("Secret of a webhook changed"),
    "webhook.paused": gettext_lazy("Webhook paused"),
    "webhook.resumed": gettext_lazy("Webhook told again"),
    "webhook.sent_again": gettext_lazy("Delivery to a webhook sent again"),
    "webhook.dropped": gettext_lazy("Webhook removed"),
    "login.succeeded": gettext_lazy("Logged in"),
    "login.failed": gettext_lazy("Log in failed"),
    "login.locked": gettext_lazy("Log in locked"),
    "user.changed": gettext_lazy("User changed"),
    "group.changed": gettext_lazy("Group changed"),
}

# What Wagtail writes into its own log, by the name it has here. What is not here is no act that somebody answers for.
FROM_WAGTAIL = {
    "wagtail.create": "article.created",
    "wagtail.edit": "article.saved",
    "wagtail.revert": "article.reverted",
    "wagtail.publish": "article.published",
    "wagtail.publish.scheduled": "article.published",
    "wagtail.publish.schedule": "article.scheduled",
    "wagtail.schedule.cancel": "article.schedule_cancelled",
    "wagtail.unpublish": "article.unpublished",
    "wagtail.unpublish.scheduled": "article.expired",
    "wagtail.delete": "article.deleted",
    "wagtail.move": "article.moved",
    "wagtail.copy": "article.copied",
    "wagtail.copy_for_translation": "translation.begun",
    "wagtail.lock": "article.locked",
    "wagtail.unlock": "article.unlocked",
    "wagtail.workflow.start": "article.submitted",
    "wagtail.workflow.resume": "article.submitted",
    "wagtail.workflow.cancel": "workflow.cancelled",
}


def action_label(action: str) -> str:
    """An action in the language of the screen."""
    return str(ACTIONS.get(action, action))


def actor_label(name: str) -> str:
    """Who did it: a name, or the system."""
    return name or _("System")


_SUBJECTS = {
    "article": gettext_lazy("Article"),
    "translation": gettext_lazy("Translation"),
    "fact": gettext_lazy("Fact"),
    "facts": gettext_lazy("Facts"),
    "office": gettext_lazy("Office"),
    "user": gettext_lazy("User"),
    "group": gettext_lazy("Role"),
    "page": gettext_lazy("Page"),
    "address": gettext_lazy("Address"),
    "image": gettext_lazy("Picture"),
    "question": gettext_lazy("Question"),
    "questions": gettext_lazy("Question bank"),
    "release": gettext_lazy("Release"),
    "token": gettext_lazy("Token"),
    "webhook": gettext_lazy("Webhook"),
}


def subject_label(subject: str) -> str:
    """What it was done to: a kind in words, and its name."""
    kind, colon, name = subject.partition(":")
    return f"{_SUBJECTS.get(kind, kind)}: {name}" if colon else subject

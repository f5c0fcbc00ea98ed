"""Conversations: the inbox, one thread, and what an agent does with it."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import serializers
from rest_framework.exceptions import NotFound
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin
from rest_framework.request import Request
from rest_framework.response import Response

from whatsapp.api import examples, listed_conversations, listed_messages
from whatsapp.api.answers import answers
from whatsapp.api.base import Resource, Visible
from whatsapp.api.conversation_filters import ConversationFilter
from whatsapp.api.conversation_rows import ConversationSerializer
from whatsapp.api.etags import IF_MATCH, IF_NONE_MATCH, states_seen, tagged, unless_known
from whatsapp.api.expand import OF_MESSAGES, Expandable
from whatsapp.api.expand_conversations import OF_CONVERSATIONS
from whatsapp.api.message_rows import MessageSerializer
from whatsapp.api.pagination import Position
from whatsapp.api.people import NamedSerializer
from whatsapp.domain.conversation import TAG_LIMIT, ConversationPriority
from whatsapp.models import Conversation, ConversationNote, Message
from whatsapp.services import conversations
from whatsapp.services.dialogue import threads
from whatsapp.services.messages import queue_typing
from whatsapp.services.shared import visibility


class NoteSerializer(serializers.ModelSerializer[ConversationNote]):
    """A note among colleagues."""

    author = NamedSerializer(allow_null=True)

    class Meta:
        model = ConversationNote
        fields = ("id", "author", "text", "created_at")
        read_only_fields = fields


class NewNoteSerializer(serializers.Serializer[Any]):
    text = serializers.CharField(max_length=4000)


class AssignSerializer(serializers.Serializer[Any]):
    user_id = serializers.IntegerField(allow_null=True, min_value=1)


class PrioritySerializer(serializers.Serializer[Any]):
    priority = serializers.ChoiceField(choices=[level.value for level in ConversationPriority])


class TagsSerializer(serializers.Serializer[Any]):
    tags = serializers.ListField(child=serializers.CharField(max_length=TAG_LIMIT), max_length=20)


READ = answers({200: ConversationSerializer})
CHANGED = answers({200: ConversationSerializer}, 412, 422)
SHOWN = answers({204: None})
SET = answers({200: ConversationSerializer}, 400, 412, 415)
ASSIGNED = answers({200: ConversationSerializer}, 400, 412, 415, 422)


@extend_schema(tags=["conversations"])
@extend_schema_view(
    list=extend_schema(
        summary="List conversations", responses=answers({200: ConversationSerializer}, 400)
    ),
    retrieve=extend_schema(
        summary="Show a conversation",
        parameters=[IF_NONE_MATCH],
        responses=answers({200: ConversationSerializer, 304: None}, 400),
    ),
)
class ConversationViewSet(Expandable, ListModelMixin, RetrieveModelMixin, Resource):
    """The one that was spoken in last comes first."""

    queryset = listed_conversations.listed()
    serializer_class = ConversationSerializer
    filterset_class = ConversationFilter
    conversation_path = ""
    expansions = OF_CONVERSATIONS
    tagged_actions = (
        *("retrieve", "assign", "resolve", "reopen", "archive", "read", "priority", "tags"),
    )
    keyset = listed_conversations.KEYSET
    permissions = {
        "list": "whatsapp.view_conversation",
        "retrieve": "whatsapp.view_conversation",
        "assign": "whatsapp.assign_conversation",
        "resolve": "whatsapp.reply_conversation",
        "reopen": "whatsapp.reply_conversation",
        "archive": "whatsapp.archive_conversation",
        "read": "whatsapp.reply_conversation",
        "typing": "whatsapp.reply_conversation",
        "priority": "whatsapp.reply_conversation",
        "tags": "whatsapp.reply_conversation",
    }

    def page(
        self, rows: QuerySet[Conversation], *, limit: int, position: Position | None
    ) -> list[Any]:
        some = None if self.is_whole else rows
        return listed_conversations.page(some, limit=limit, position=position)

    def get_object(self) -> Conversation:
        """An old id leads to the conversation that has its messages since contacts were merged."""
        self.kwargs["pk"] = threads.current_id(conversation_id=self.kwargs["pk"])
        conversation: Conversation = super().get_object()
        return conversation

    def shown(self, pk: int, *, status: int = 200) -> Response:
        row = self.get_queryset().get(pk=threads.current_id(conversation_id=pk))
        return tagged(
            Response(self.get_serializer(row).data, status=status), row, request=self.request
        )

    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        row = self.get_object()
        response = self.expanded(Response(self.get_serializer(row).data))
        return unless_known(tagged(response, row, request=request), request=request)

    @property
    def asked(self) -> dict[str, Any]:
        """Who asks, and what they have seen, if they say."""
        return {"by_id": self.user_id, "if_match": states_seen(self.request)}

    @extend_schema(
        summary="Assign to an agent",
        parameters=[IF_MATCH],
        request=AssignSerializer,
        responses=ASSIGNED,
        examples=examples.ASSIGN,
    )
    def assign(self, request: Request, pk: int) -> Response:
        """The agent must be active and allowed to reply; null gives it back to everybody."""
        values = self.checked(AssignSerializer)
        conversations.assign(conversation_id=pk, **values, **self.asked)
        return self.shown(pk)

    @extend_schema(summary="Resolve", parameters=[IF_MATCH], request=None, responses=CHANGED)
    def resolve(self, request: Request, pk: int) -> Response:
        """The customer's next message opens it again."""
        conversations.resolve(conversation_id=pk, **self.asked)
        return self.shown(pk)

    @extend_schema(summary="Reopen", parameters=[IF_MATCH], request=None, responses=CHANGED)
    def reopen(self, request: Request, pk: int) -> Response:
        """Only a resolved one; an archived one stays closed."""
        conversations.reopen(conversation_id=pk, **self.asked)
        return self.shown(pk)

    @extend_schema(summary="Archive", parameters=[IF_MATCH], request=None, responses=CHANGED)
    def archive(self, request: Request, pk: int) -> Response:
        """Only a resolved one; for supervisors."""
        conversations.archive(conversation_id=pk, **self.asked)
        return self.shown(pk)

    @extend_schema(summary="Mark as read", request=None, responses=READ)
    def read(self, request: Request, pk: int) -> Response:
        """The customer sees the blue ticks."""
        conversations.mark_read(conversation_id=pk, by_id=self.user_id)
        return self.shown(pk)

    @extend_schema(summary="Show that an answer is being written", request=None, responses=SHOWN)
    def typing(self, request: Request, pk: int) -> Response:
        """For 25 seconds, or until it comes; ask again at most every 20. Marks as read, too.

        A courtesy: where Meta would not show it, nothing happens.
        """
        queue_typing(conversation_id=pk, by_id=self.user_id)
        return Response(status=204)

    @extend_schema(
        summary="Set the priority",
        parameters=[IF_MATCH],
        request=PrioritySerializer,
        responses=SET,
    )
    def priority(self, request: Request, pk: int) -> Response:
        """LOW, NORMAL, HIGH or URGENT."""
        values = self.checked(PrioritySerializer)
        conversations.set_priority(conversation_id=pk, **values, **self.asked)
        return self.shown(pk)

    @extend_schema(
        summary="Set the tags", parameters=[IF_MATCH], request=TagsSerializer, responses=SET
    )
    def tags(self, request: Request, pk: int) -> Response:
        """All of them: what is not in the list is taken off."""
        values = self.checked(TagsSerializer)
        conversations.set_tags(conversation_id=pk, **values, **self.asked)
        return self.shown(pk)


class OfConversation(ListModelMixin, Resource):
    """A list that hangs under one conversation: 404 if there is none."""

    filter_backends = (Visible,)
    conversation_path = "conversation"

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        if self.action != "list":
            self.kwargs["pk"] = threads.current_id(conversation_id=self.kwargs["pk"])

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        response = super().list(request, *args, **kwargs)
        if response.data["results"]:
            return response
        # ask why only now: there is no such conversation, it was merged, or it has none yet
        pk, seen = self.kwargs["pk"], visibility.visible_conversations(user=request.user)
        self.kwargs["pk"] = threads.current_id(conversation_id=pk)
        if not seen.filter(pk=self.kwargs["pk"]).exists():
            raise NotFound
        return response if self.kwargs["pk"] == pk else super().list(request, *args, **kwargs)


@extend_schema(tags=["conversations"])
@extend_schema_view(
    list=extend_schema(
        summary="List the messages of a conversation",
        responses=answers({200: MessageSerializer}, 400),
    )
)
class ThreadViewSet(Expandable, OfConversation):
    """Newest first, by when they were sent or written."""

    serializer_class = MessageSerializer
    keyset = listed_messages.KEYSET
    expansions = OF_MESSAGES
    permissions = {"list": "whatsapp.view_message"}

    def get_queryset(self) -> QuerySet[Message]:
        return listed_messages.of_thread(self.kwargs["pk"])

    def page(self, rows: QuerySet[Message], *, limit: int, position: Position | None) -> list[Any]:
        whole = self.kwargs["pk"] if self.is_whole else None
        return listed_messages.page(rows, whole=whole, limit=limit, position=position)


@extend_schema(tags=["conversations"])
@extend_schema_view(
    list=extend_schema(summary="List the notes", responses=answers({200: NoteSerializer}, 400))
)
class NoteViewSet(OfConversation):
    """What colleagues tell each other; customers never see it. Newest first."""

    serializer_class = NoteSerializer
    permissions = {
        "list": "whatsapp.view_conversationnote",
        "create": "whatsapp.add_conversationnote",
    }

    def get_queryset(self) -> QuerySet[ConversationNote]:
        notes = ConversationNote.objects.filter(conversation_id=self.kwargs["pk"])
        return notes.select_related("author")

    @extend_schema(
        summary="Add a note",
        request=NewNoteSerializer,
        responses=answers({201: NoteSerializer}, 400, 415),
    )
    def create(self, request: Request, pk: int) -> Response:
        """For colleagues."""
        values = self.checked(NewNoteSerializer)
        note = conversations.add_note(conversation_id=pk, author_id=self.user_id, **values)
        return self.shown(note.pk, status=201)

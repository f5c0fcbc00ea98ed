"""The statements of the roll-up. Each pair takes the rows of a period away and writes them anew."""

from __future__ import annotations

from typing import Any

from whatsapp.conf import whatsapp_settings
from whatsapp.domain.phone import calling_codes
from whatsapp.domain.pricing import CHARGED
from whatsapp.domain.quantiles import WIDTH
from whatsapp.services.shared.speech import answers, asks, hour

SOME_MARKS = "SELECT count(*) FROM (SELECT FROM whatsapp_stats_marks LIMIT %(most)s) AS marks"

# Where a question or an answer came or went, the question before it may have another answer now,
# and the next one may have become a question or be none any more. What happened in the same
# instant is looked at whatever its order.
TAKE_MARKS = f"""
WITH due AS (
    SELECT hour FROM whatsapp_stats_marks GROUP BY hour ORDER BY hour DESC LIMIT %(hours)s
), gone AS (
    DELETE FROM whatsapp_stats_marks AS mark USING due WHERE mark.hour = due.hour
    RETURNING mark.conversation_id AS thread, mark.happened_at AS at
), place AS (
    SELECT DISTINCT thread, at FROM gone WHERE thread IS NOT NULL
), neighbour AS (
    SELECT near.created_at FROM place CROSS JOIN LATERAL (
        (SELECT m.created_at FROM whatsapp_messages AS m
        WHERE m.conversation_id = place.thread AND m.happened_at = place.at)
        UNION ALL
        (SELECT m.created_at FROM whatsapp_messages AS m
        WHERE m.conversation_id = place.thread AND m.happened_at > place.at AND {asks(row="m")}
        ORDER BY m.happened_at, m.id LIMIT 1)
        UNION ALL
        (SELECT m.created_at FROM whatsapp_messages AS m
        WHERE m.conversation_id = place.thread AND m.happened_at <= place.at AND {asks(row="m")}
        AND m.happened_at > coalesce(({{last_answer}}), '-infinity')
        ORDER BY m.happened_at, m.id LIMIT 1)
        UNION ALL
        (SELECT m.created_at FROM whatsapp_messages AS m
        WHERE m.conversation_id = place.thread AND m.happened_at = ({{last_answer}}))
    ) AS near
)
SELECT hour, true FROM due
UNION ALL (
    SELECT {hour(moment="created_at")}, false FROM neighbour EXCEPT SELECT hour, false FROM due
)
""".format(
    last_answer=f"""SELECT a.happened_at FROM whatsapp_messages AS a
        WHERE a.conversation_id = place.thread AND a.happened_at < place.at AND {answers(row="a")}
        ORDER BY a.happened_at DESC, a.id DESC LIMIT 1"""
)

_DIMENSIONS = (
    "number_id, direction, message_type, delivery_status, template_id, user_id, order_event,"
    " pricing_category, pricing_type, calling_code"
)

_DIGITS = "ltrim(m.phone_number, '+')"

HOUR_COUNTS = (
    "DELETE FROM whatsapp_stats WHERE hour >= %(start)s AND hour < %(end)s",
    f"""
    INSERT INTO whatsapp_stats (hour, {_DIMENSIONS}, n)
    SELECT {hour(moment="m.created_at")}, m.number_id, m.direction, m.message_type,
        coalesce(m.delivery_status, ''), m.template_id, m.user_id, coalesce(notice.event, ''),
        m.pricing_category, m.pricing_type,
        CASE WHEN m.pricing_type <> '{CHARGED}' OR m.phone_number IS NULL THEN ''
            WHEN left({_DIGITS}, 1) = ANY(%(codes_of_one)s) THEN left({_DIGITS}, 1)
            WHEN left({_DIGITS}, 2) = ANY(%(codes_of_two)s) THEN left({_DIGITS}, 2)
            ELSE left({_DIGITS}, 3) END,
        count(*)
    FROM whatsapp_messages AS m
    LEFT JOIN whatsapp_order_notices AS notice ON notice.message_id = m.id
    WHERE m.created_at >= %(start)s AND m.created_at < %(end)s
    GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11
    """,
)

# A question is a customer's first message since somebody last answered; its answer is the next
# that a person gave. It counts in the hour of the question, whenever the answer came.
HOUR_TIMES = (
    "DELETE FROM whatsapp_stats_times WHERE hour >= %(start)s AND hour < %(end)s",
    f"""
    INSERT INTO whatsapp_stats_times (hour, clock, number_id, user_id, bucket, n, late, seconds)
    SELECT hour, clock, number_id, user_id,
        CASE WHEN took > 1 THEN floor(ln(took) / ln(%(width)s::float8))
            WHEN took IS NOT NULL THEN 0 END,
        count(*),
        count(*) FILTER (WHERE clock = 'answer' AND took > %(allowed)s),
        coalesce(sum(took), 0)
    FROM (
        SELECT {hour(moment="asked.created_at")} AS hour, 'answer' AS clock, asked.number_id,
            answer.user_id, extract(epoch FROM answer.happened_at - asked.happened_at)::float8
            AS took
        FROM whatsapp_messages AS asked
        LEFT JOIN LATERAL (
            SELECT a.user_id, a.happened_at FROM whatsapp_messages AS a
            WHERE a.conversation_id = asked.conversation_id AND {answers(row="a")}
            AND (a.happened_at, a.id) > (asked.happened_at, asked.id)
            ORDER BY a.happened_at, a.id LIMIT 1
        ) AS answer ON true
        WHERE asked.created_at >= %(start)s AND asked.created_at < %(end)s
        AND asked.conversation_id IS NOT NULL AND {asks(row="asked")}
        AND 'RECEIVED' IS DISTINCT FROM (
            SELECT earlier.direction FROM whatsapp_messages AS earlier
            WHERE earlier.conversation_id = asked.conversation_id
            AND ({asks(row="earlier")} OR {answers(row="earlier")})
            AND (earlier.happened_at, earlier.id) < (asked.happened_at, asked.id)
            ORDER BY earlier.happened_at DESC, earlier.id DESC LIMIT 1
        )
        UNION ALL
        SELECT {hour(moment="resolved_at")}, 'resolution', number_id, user_id,
            extract(epoch FROM resolved_at - began_at)::float8
        FROM whatsapp_resolutions WHERE resolved_at >= %(start)s AND resolved_at < %(end)s
    ) AS timed
    GROUP BY 1, 2, 3, 4, 5
    """,
)

DAY_COUNTS = (
    "DELETE FROM whatsapp_stats_days WHERE day = %(day)s",
    f"""
    INSERT INTO whatsapp_stats_days (day, {_DIMENSIONS}, n)
    SELECT %(day)s, {_DIMENSIONS}, sum(n) FROM whatsapp_stats
    WHERE hour >= %(start)s AND hour < %(end)s GROUP BY {_DIMENSIONS}
    """,
)

# Everybody's times together, and those that somebody answered once more by agent
DAY_TIMES = (
    "DELETE FROM whatsapp_stats_day_times WHERE day = %(day)s",
    """
    INSERT INTO whatsapp_stats_day_times
        (day, by_agent, clock, number_id, user_id, bucket, n, late, seconds)
    SELECT %(day)s, false, clock, number_id, NULL, bucket, sum(n), sum(late), sum(seconds)
    FROM whatsapp_stats_times WHERE hour >= %(start)s AND hour < %(end)s
    GROUP BY clock, number_id, bucket
    UNION ALL
    SELECT %(day)s, true, clock, number_id, user_id, bucket, sum(n), sum(late), sum(seconds)
    FROM whatsapp_stats_times
    WHERE hour >= %(start)s AND hour < %(end)s AND user_id IS NOT NULL
    GROUP BY clock, number_id, user_id, bucket
    """,
)


def values() -> dict[str, Any]:
    """What the statements take beside their period; the SLA is the one in force now."""
    return {
        "codes_of_one": calling_codes(digits=1),
        "codes_of_two": calling_codes(digits=2),
        "width": WIDTH,
        "allowed": whatsapp_settings().sla_response.total_seconds(),
    }

"""What schemathesis does not know by itself: bodies that are texts or bytes as they are, and members that are null."""

import schemathesis
from schemathesis.specs.openapi.checks import negative_data_rejection


@schemathesis.serializer(
    "text/csv",
    "application/x-ndjson",
    "application/vnd.apache.arrow.stream",
    "application/vnd.apache.arrow.file",
    "application/vnd.apache.parquet",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
)
def as_it_is(ctx, value):
    return value if isinstance(value, bytes) else str(value).encode("utf-8", "surrogatepass")


@schemathesis.deserializer("application/x-ndjson")
def as_text(ctx, response):
    return response.content.decode("utf-8")


@schemathesis.check
def negative_data_but_null_rejection(ctx, response, case):
    """A member that is null counts as absent, since generated clients send null for what is not set."""
    body = case.body if isinstance(case.body, dict) else {}
    within = [body.get(name) for name in ("parameters", "options")]
    members = [body, *(member for member in within if isinstance(member, dict))]
    if any(value is None for member in members for value in member.values()):
        return None
    return negative_data_rejection(ctx, response, case)

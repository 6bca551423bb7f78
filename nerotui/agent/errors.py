"""The error that the agent's parts raise for whoever asked: a code for programs, a sentence and a hint for people."""


class AgentError(Exception):
    """What was asked could not be done.

    Attributes:
        code: one of bad_request, no_such_run, illegal, readonly_root, elsewhere, refused, io, unsupported.
        message: what happened and where, as one sentence.
        hint: what to do about it; empty where there is nothing to say.
    """

    def __init__(self, code: str, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.hint = hint

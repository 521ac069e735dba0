"""The one exception for a user's mistake."""


class UserError(Exception):
    """A mistake the user can mend; its text is one line that says how.

    Commands print the line and exit with code 2; library callers may catch it.
    """

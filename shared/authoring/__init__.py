"""Tools for people who write definitions: check, compare, publish. Not shipped to Lambda.

``review`` names every problem of one definition; ``scaffold`` starts one; ``difference`` says what changed between two;
``pages``, ``conformance``, ``dictionary`` and ``schema`` write what is published from them.
"""

from shared.authoring.review import review

__all__ = ["review"]

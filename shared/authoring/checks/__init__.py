"""What a second reader looks at in a definition, one module per question.

Each check takes a definition and yields every problem it sees; none of them stops at the first.
"""

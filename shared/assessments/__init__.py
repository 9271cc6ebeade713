"""The use cases: submit, read, void and list assessments. They know no AWS and no HTTP."""

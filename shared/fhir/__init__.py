"""The instruments and their results as FHIR R4 resources, and responses back again. Pure: no web, no storage, no clock.

Small strict models for what is read, plain dictionaries for what is written. ``judges`` in the tests hold both to R4.
"""

"""The DynamoDB store. The only place that knows boto3."""
